import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureWrk } from './ensure-wrk.js'
import { createProgress } from './progress.js'
import { describeRun, printTable, tablesOf } from './report.js'
import { describeMachine, type Results, resultsFolder, writeResults } from './results.js'
import { scenarios } from './scenarios/index.js'

const wholeRun = Object.keys(scenarios).filter((name) => !scenarios[name]?.onlyWhenNamed)

const usage = `usage: npm run bench -- [--quick] [--only NAME,…]

  --quick        one short round of everything, in some three minutes: to see that it works, not to quote
  --only NAME,…  some of: ${Object.keys(scenarios).join(', ')}

A whole run is all but those that have to be named: ${wholeRun.join(', ')}.
It takes some fifteen minutes and writes bench/results/latest.json and its charts; npm run bench:docs puts its numbers into the documents.
The others write to bench/results/partial. Leave the machine alone meanwhile.
`

async function main() {
  const { quick, only, help } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
  if (help) return void process.stdout.write(usage)
  const chosen = only?.split(',') ?? wholeRun
  const unknown = chosen.find((name) => !(name in scenarios))
  if (unknown !== undefined) throw new Error(`there is no scenario "${unknown}"\n\n${usage}`)

  ensureWrk((text) => void process.stdout.write(`${text}\n`))
  const { results, complete } = await runScenarios(chosen, quick)
  const isWhole = complete && !quick && only === undefined
  const folder = isWhole ? resultsFolder : join(resultsFolder, 'partial')
  writeResults(folder, 'latest.json', results)
  process.stdout.write(`\n${describeRun(results)}\nWritten to ${folder}\n`)
  if (!complete) process.exitCode = 1
}

/** One that fails is reported and left out; the others are still worth having. */
async function runScenarios(names: string[], quick: boolean): Promise<{ results: Results; complete: boolean }> {
  const estimates = names.map((name) => scenarios[name]?.seconds[quick ? 'quick' : 'full'] ?? 0)
  const rounds = quick ? 1 : 5
  const progress = createProgress(estimates, (line) => void process.stdout.write(line))
  const measured: Results['scenarios'] = {}
  for (const name of names) {
    const scenario = scenarios[name]
    if (!scenario) continue
    const { title, method, run } = scenario
    progress.next()
    const say = (text: string) => progress.say(`${name}: ${text}`)
    try {
      const outcome = await run({ quick, rounds, say })
      measured[name] = { title, method, seconds: Math.round(progress.scenarioSeconds()), ...outcome }
      process.stdout.write(`\n${title}\n${tablesOf(outcome.series).map(printTable).join('\n')}\n`)
    } catch (error) {
      process.stderr.write(`\n${name} failed: ${(error as Error).stack}\n\n`)
    }
  }
  const results = {
    finishedAt: new Date().toISOString(),
    quotable: !quick,
    rounds,
    ...describeMachine(),
    scenarios: measured,
  }
  return { results, complete: names.every((name) => name in measured) }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(1)
  },
)
