import type { Results } from './results.js'
import { idOf, reaches, type Series } from './series.js'
import { median, threeDigits } from './statistics.js'

/** The median of a series with its unit. */
export const medianOf = ({ samples, unit }: Series) => `${threeDigits(median(samples))}${unit && ` ${unit}`}`

const spreadOf = ({ samples }: Series) => `${threeDigits(Math.min(...samples))} – ${threeDigits(Math.max(...samples))}`

function goalOf(series: Series): string {
  const { goal } = series
  if (!goal) return ''
  const bound = 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`
  return `${bound}${goal.aim === undefined ? '' : `, aim ${goal.aim}`}`
}

const missOf = (series: Series) => (reaches(series) ? '' : ' **missed**')

/** Rows of words, the first of them the heading. */
type Table = string[][]

/**
 * The tables of some series: one with a column for each thing that was measured alike, and one of the rest. `chosen` are the keys of the
 * rows wanted; all without it.
 */
export function tablesOf(all: Series[], chosen?: string[]): Table[] {
  const series = chosen ? chosen.flatMap((name) => findAll(all, name)) : all
  return [
    compare(series.filter(({ of }) => of !== undefined)),
    list(series.filter(({ of }) => of === undefined)),
  ].filter((table) => table.length > 1)
}

function findAll(all: Series[], name: string): Series[] {
  const found = all.filter((series) => series.key === name || idOf(series) === name)
  if (found.length === 0) throw new Error(`there is no series "${name}"`)
  return found
}

const list = (series: Series[]): Table => [
  ['', 'median', 'least – most', 'target'],
  ...series.map((one) => [one.name, `${medianOf(one)}${missOf(one)}`, spreadOf(one), goalOf(one)]),
]

function compare(series: Series[]): Table {
  const columns = unique(series.map(({ of }) => of ?? ''))
  const rows = unique(series.map(({ key }) => key)).map((key) => {
    const ofRow = series.filter((one) => one.key === key)
    const cells = columns.map((column) => {
      const one = ofRow.find(({ of }) => of === column)
      return one ? `${medianOf(one)} (${spreadOf(one)})${missOf(one)}` : ''
    })
    return [ofRow[0]?.name ?? key, ...cells, unique(ofRow.map(goalOf).filter(Boolean)).join('; ')]
  })
  return [['median (least – most)', ...columns, 'target'], ...rows]
}

const unique = (words: string[]) => [...new Set(words)]

/** For a terminal. */
export function printTable(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.map((line) => `  ${line}`).join('\n')}\n`
}

/** For a document. */
export function markdownTable([heading = [], ...rows]: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(heading), `|---|${'--:|'.repeat(heading.length - 1)}`, ...rows.map(line)].join('\n')
}

/** On what all of it was measured, in words. */
export function describeRun({ machine, versions, commit, finishedAt, rounds }: Results): string {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return (
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, Linux ${machine.kernel}; ${software.join(', ')}; ` +
    `commit ${commit}, ${finishedAt.slice(0, 10)}; ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. ` +
    'The load generators share these cores with what they measure.'
  )
}
