import { printable } from './printable.js'

type Cell = string | number | Date | null

/** Rows in columns, for people. Times are ISO 8601 without fractions; whatever is in a cell cannot do anything to the terminal. */
export function table(heads: string[], rows: Cell[][]): string {
  const lines = [heads, ...rows.map((row) => row.map(show))]
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const pad = (cell: string, column: number) => cell.padEnd(widths[column] ?? 0)
  return lines.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('')
}

const show = (cell: Cell) =>
  cell instanceof Date ? cell.toISOString().replace(/\.\d+Z$/, 'Z') : printable(String(cell ?? '-'))
