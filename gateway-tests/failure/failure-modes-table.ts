import { acts, type FailureMode } from './failure-modes.js'

/** What was measured of a mode, in seconds: the slowest answer while it was broken, and how long mending it took until all was well again. */
export type Seen = { slowestSeconds: number; backSeconds: number }

/** The modes as a table in Markdown, the measured columns last. */
export function renderTable(modes: FailureMode[], measured: Map<string, Seen>): string {
  const rows = modes.map(({ name, seen, backWithinSeconds }) => {
    const { slowestSeconds = Number.NaN, backSeconds = Number.NaN } = measured.get(name) ?? {}
    return [
      name,
      ...acts.map((act) => seen[act].join(' or ')),
      `${backWithinSeconds} s`,
      `${slowestSeconds.toFixed(1)} s`,
      `${backSeconds.toFixed(1)} s`,
    ]
  })
  const head = ['when', ...acts, 'well again within', 'slowest answer, measured', 'well again, measured']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
