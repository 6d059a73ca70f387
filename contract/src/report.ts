import type { CheckGroup } from './check.js'
import type { Outcome } from './run-checks.js'

const labels = { passed: 'ok', failed: 'FAIL', 'not run': 'not run' }
const longestGot = 120

/** Lays outcomes out as the rows of one table; the widths are known beforehand, so that each row can be printed at once. */
export function createReport(groups: CheckGroup[]) {
  const checks = groups.flatMap((group) => group.checks)
  const widthOf = (column: 'name' | 'expected') => Math.max(...checks.map((check) => check[column].length))
  const widths = { name: widthOf('name'), expected: widthOf('expected') }
  const counts = { passed: 0, failed: 0, 'not run': 0 }
  let lastTitle = ''
  let number = 0

  const row = (first: string, result: string, name: string, expected: string, got: string) =>
    `${first.padStart(3)}  ${result.padEnd(7)}  ${name.padEnd(widths.name)}  ${expected.padEnd(widths.expected)}  ${got}`.trimEnd()

  return {
    counts,
    head: () => row('#', '', 'what', 'expected', 'got'),

    /** The row of one outcome, under the title of its group when that is a new one. */
    rows({ title, name, expected, got, result }: Outcome): string[] {
      counts[result]++
      number++
      const heading = title === lastTitle ? [] : ['', `     ${title}`]
      lastTitle = title
      return [...heading, row(String(number), labels[result], name, expected, presentable(got))]
    },

    summary: () =>
      `${counts.passed} passed, ${counts.failed} failed${counts['not run'] ? `, ${counts['not run']} not run` : ''}`,
  }
}

/** One line, not too long, and without tokens: those signed here would be taken by the services. */
const presentable = (got: string) =>
  got
    .replace(/eyJ[A-Za-z0-9._-]*/g, 'eyJ…')
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, longestGot)
