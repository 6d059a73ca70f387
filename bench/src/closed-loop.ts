import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from 'local-stack'

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
  const script = join(projectFolder, 'bench/wrk-tokens.lua')
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url, '--', tokensFile]
  for (const [name, value] of Object.entries(headers)) args.push(`${name}=${value}`)
  const { stdout } = await promisify(execFile)('wrk', args)
  const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    requests: number
    seconds: number
    failed: number
  }
  if (summary.failed > 0) throw new Error(`${url}: ${summary.failed} of ${summary.requests} requests failed`)
  return { requests: summary.requests, perSecond: summary.requests / summary.seconds }
}
