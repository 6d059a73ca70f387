import { describeRun, markdownTable, medianOf, tablesOf } from './report.js'
import type { Results } from './results.js'
import { idOf } from './series.js'

const block = /(<!-- bench:([a-z0-9-]+)((?:\/[a-z0-9-]+)*)((?: [a-z0-9/-]+)*) -->)[\s\S]*?(<!-- \/bench -->)/g

/**
 * Fills the blocks of a document, each `<!-- bench:NAME -->…<!-- /bench -->`: with the tables of a scenario (`bench:validate`, or only
 * some rows: `bench:validate rate cpu`), with one median within a sentence (`bench:lab/this-stack/logins`), or with what it was
 * measured on (`bench:machine`). Throws for a name there is no measurement of.
 */
export function fillBlocks(document: string, results: Results): string {
  return document.replace(block, (_whole, open: string, name: string, path: string, keys: string, close: string) => {
    if (name === 'machine') return `${open}${describeRun(results)}${close}`
    const scenario = results.scenarios[name]
    if (!scenario) throw new Error(`bench:${name} is no scenario of the results`)
    if (path === '') {
      const tables = tablesOf(scenario.series, keys === '' ? undefined : keys.trim().split(' '))
      return `${open}\n\n${tables.map(markdownTable).join('\n\n')}\n\n${close}`
    }
    const series = scenario.series.find((one) => `/${idOf(one)}` === path)
    if (!series) throw new Error(`bench:${name} has no series "${path.slice(1)}"`)
    return `${open}${medianOf(series)}${close}`
  })
}
