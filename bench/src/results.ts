import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from 'local-stack'
import { drawChart } from './chart.js'
import type { Outcome } from './scenario.js'

/** A file of bench/results. */
export type Results = {
  finishedAt: string
  /** The commit that was measured; `-dirty` when there were changes on top of it. */
  commit: string
  /** False when the samples are too few to be quoted (`--quick`). */
  quotable: boolean
  machine: { cpu: string; cores: number; memoryGigabytes: number; kernel: string }
  versions: Record<string, string>
  /** How often each thing was measured. */
  rounds: number
  scenarios: Record<string, { title: string; method: string; seconds: number } & Outcome>
}

export const resultsFolder = join(projectFolder, 'bench/results')

/** What documents quote: the last whole run. */
export const latestFile = join(resultsFolder, 'latest.json')

export const readResults = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Results

/** What the numbers depend on besides the code. */
export const describeMachine = (): Pick<Results, 'commit' | 'machine' | 'versions'> => ({
  commit: said('git', ['-C', projectFolder, 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*']),
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 1e9),
    kernel: release(),
  },
  versions: {
    node: process.versions.node,
    nginx: said('nginx', ['-v']).replace('nginx version: nginx/', ''),
    wrk: /wrk \S+/.exec(said('wrk', ['-v']))?.[0].replace(/^wrk (debian\/)?/, '') ?? 'unknown',
    ...Object.fromEntries(
      ['express', 'jsonwebtoken', 'bcrypt', 'bcryptjs', 'pg'].map((name) => [name, versionOf(name)]),
    ),
  },
})

/** Writes the results and their charts into a folder, in place of what is there. `latest.json` is for people too: an array a line. */
export function writeResults(folder: string, file: string, results: Results) {
  mkdirSync(folder, { recursive: true })
  const arrays: string[] = []
  const outline = JSON.stringify(
    results,
    (_name, value: unknown) => {
      if (!Array.isArray(value) || typeof value[0] !== 'number') return value
      return `array ${arrays.push(JSON.stringify(value.map((number: number) => Number(number.toPrecision(5))))) - 1}`
    },
    2,
  )
  const json = outline.replace(/"array (\d+)"/g, (_whole, index: string) => arrays[Number(index)] ?? '[]')
  writeFileSync(join(folder, file), `${json}\n`)

  const charts = join(folder, 'charts')
  rmSync(charts, { recursive: true, force: true })
  mkdirSync(charts)
  for (const outcome of Object.values(results.scenarios)) {
    for (const chart of outcome.charts)
      writeFileSync(join(charts, `${chart.name}.svg`), drawChart(chart, outcome.series))
  }
}

/** What a program prints, on either stream; nginx and wrk show their versions in their own ways. */
function said(command: string, args: string[]): string {
  try {
    return execFileSync('sh', ['-c', '"$0" "$@" 2>&1 || true', command, ...args], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

/** Of an installed package, found as Node finds it: its own entry may not let its package.json be imported. */
function versionOf(name: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  const file = folders.map((folder) => join(folder, name, 'package.json')).find((path) => existsSync(path))
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'unknown'
}
