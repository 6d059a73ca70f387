import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from 'local-stack'

/** Writes tokens, or bodies of requests, as wrk's scripts read them, one a line, and returns the file's path. */
export function writeLines(file: string, lines: string[]): string {
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}

type ClosedLoop = {
  url: string
  /** A file with a bearer token a line; each request carries the next. */
  tokensFile: string
  seconds: number
  connections?: number
  /** Further headers of each request. */
  headers?: Record<string, string>
}

/**
 * How many requests a second a URL answers when each of so many connections asks again as soon as it was answered (wrk, one thread):
 * capacity. Not for latencies, which such a generator leaves out when they matter (coordinated omission).
 * Throws when one failed: the capacity of an error page is not what is asked.
 */
export async function measureCapacity({ url, tokensFile, seconds, connections = 64, headers = {} }: ClosedLoop) {
  const script = [tokensFile, ...Object.entries(headers).map(([name, value]) => `${name}=${value}`)]
  const summary = await runWrk<{ requests: number; seconds: number; failed: number }>('wrk-tokens.lua', script, {
    url,
    seconds,
    connections,
    timeoutSeconds: 10,
  })
  if (summary.failed > 0) throw new Error(`${url}: ${summary.failed} of ${summary.requests} requests failed`)
  return { requests: summary.requests, perSecond: summary.requests / summary.seconds }
}

type LoginLoop = {
  /** Of an auth-service or a gateway. */
  url: string
  /** A file with a login's JSON a line; each request carries the next. */
  bodiesFile: string
  /** Whole ones; the first half of one is not counted. */
  seconds: number
  connections: number
}

/** The same for logins, which are few, so that counting them would be coarse: see bench/wrk-logins.lua. Throws when one failed. */
export async function measureLoginCapacity({ url, bodiesFile, seconds, connections }: LoginLoop): Promise<number> {
  const summary = await runWrk<{ perSecond: number; failed: number }>(
    'wrk-logins.lua',
    [bodiesFile, String(settleSeconds)],
    // Capacity is asked for, not patience.
    { url: `${url}/login`, seconds, connections, timeoutSeconds: 30 },
  )
  if (summary.failed > 0) throw new Error(`${url}: ${summary.failed} logins failed`)
  return summary.perSecond
}

const settleSeconds = 0.5

type Wrk = { url: string; seconds: number; connections: number; timeoutSeconds: number }

async function runWrk<Summary>(
  script: string,
  scriptArgs: string[],
  { url, seconds, connections, timeoutSeconds }: Wrk,
): Promise<Summary> {
  const file = join(projectFolder, 'bench', script)
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', `${timeoutSeconds}s`, '-s', file]
  const { stdout } = await promisify(execFile)('wrk', [...options, url, '--', ...scriptArgs])
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary
}
