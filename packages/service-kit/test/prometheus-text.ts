import { spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'

/** The value of a series in what `/metrics` answers, named as it is written there: `name{label="value"}`. NaN when it is not there. */
export function readSeries(series: string, text: string): number {
  const line = text.split('\n').find((line) => line.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? Number.NaN)
}

const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const sample = new RegExp(`^([a-z_][a-z0-9_]*)(?:\\{${label}(?:,${label})*\\})? -?[0-9.]+(?:e[+-]?[0-9]+)?$`)

/** What is wrong with a Prometheus text: lines that are none, samples nobody described, series given twice. */
export function mistakesIn(text: string): string[] {
  const mistakes: string[] = []
  const described = new Map<string, Set<string>>([
    ['HELP', new Set()],
    ['TYPE', new Set()],
  ])
  const seen = new Set<string>()
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, kind = '', name = ''] = /^# (HELP|TYPE) ([a-z0-9_]+) \S/.exec(line) ?? []
    if (kind !== '') {
      if (described.get(kind)?.has(name)) mistakes.push(`described twice: ${line}`)
      described.get(kind)?.add(name)
      continue
    }
    const metric = sample.exec(line)?.[1]
    const series = line.slice(0, line.lastIndexOf(' '))
    if (metric === undefined) mistakes.push(`no sample: ${line}`)
    else if (!isDescribed(metric)) mistakes.push(`not described: ${line}`)
    if (seen.has(series)) mistakes.push(`given twice: ${line}`)
    seen.add(series)
  }
  return mistakes

  function isDescribed(metric: string): boolean {
    const names = [metric, metric.replace(/_(bucket|sum|count)$/, '')]
    return names.some((name) => described.get('HELP')?.has(name) && described.get('TYPE')?.has(name))
  }
}

/**
 * What promtool (in Debian's `prometheus`) has to say about a Prometheus text. Where it is not installed the test is marked as
 * skipped, with the reason; in CI it has to be there.
 */
export function promtoolOn(text: string, { skip }: TestContext): string {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  if (error && !process.env.CI) skip('promtool is not installed (apt-get install --no-install-recommends prometheus)')
  if (error) throw error
  return status === 0 ? stdout + stderr : `exit code ${status}: ${stdout}${stderr}`
}
