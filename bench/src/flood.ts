import { setTimeout as sleep } from 'node:timers/promises'
import { untilQuiet } from './cpu.js'
import type { LoadGenerator, LoadReport } from './load.js'
import { completedLogins, settleSeconds, startLogins } from './logins.js'
import { quantile } from './statistics.js'

/** What is flooded, and what is watched meanwhile. */
export type FloodTarget = {
  /** Where `/login` is. */
  loginUrl: string
  /** Read with another token each time, so that no remembered verdict hides what auth-service does. */
  profileUrl: string
  /** Where a token is validated and nothing else is done. */
  validateUrl: string
  tokens: string[]
}

/** Latencies in ms of all requests, whatever the answer; `failed` is how many were not answered 200. */
export type Latencies = { ms: number[]; failed: number }

export type Watched = { profile: Latencies; validate: Latencies }

export type FloodSample = { idle: Watched; flood: Watched; loginsPerSecond: number; loginMs: number[] }

type Hooks = { beforeFlood?: () => Promise<unknown>; afterFlood?: () => Promise<unknown> }

/** Of profile reads, and as many of validations. */
export const probesPerSecond = 150

/**
 * Watches a target while nothing else happens, then while logins flood it. The flood goes on until the last watched request is
 * answered, so that none gets its answer only because the flood is over.
 */
export async function measureFlood(
  load: LoadGenerator,
  target: FloodTarget,
  seconds: { idle: number; flood: number },
  { beforeFlood, afterFlood }: Hooks = {},
): Promise<FloodSample> {
  // A flood before may have left passwords that are compared although nobody waits for them.
  await untilQuiet()
  const idle = await watch(load, target, seconds.idle)
  await beforeFlood?.()
  const logins = startLogins(load, { urls: [target.loginUrl] })
  await sleep(settleSeconds * 1000)
  const flood = await watch(load, target, seconds.flood)
  await afterFlood?.()
  const completed = completedLogins(await logins.stop(), flood.fromMs, flood.toMs)
  return { idle: idle.watched, flood: flood.watched, ...completed }
}

async function watch(load: LoadGenerator, { profileUrl, validateUrl, tokens }: FloodTarget, seconds: number) {
  const probe = (url: string) =>
    load.start({ urls: [url], method: 'GET', tokens, pace: { perSecond: probesPerSecond } })
  const probes = [probe(profileUrl), probe(validateUrl)] as const
  await sleep((settleSeconds + seconds) * 1000)
  const [profile, validate] = await Promise.all([probes[0].stop(), probes[1].stop()])
  const fromMs = profile.startedAtMs + settleSeconds * 1000
  return {
    watched: { profile: latencies(profile, fromMs), validate: latencies(validate, fromMs) },
    fromMs,
    toMs: profile.endedAtMs,
  }
}

function latencies({ atMs, latencyMs, status }: LoadReport, fromMs: number): Latencies {
  const chosen = atMs.flatMap((at, index) => (at >= fromMs ? [index] : []))
  return {
    ms: chosen.map((index) => latencyMs[index] ?? Number.NaN),
    failed: chosen.filter((index) => status[index] !== 200).length,
  }
}

/** The 99th percentile under flood over that without. */
export const slowdown = (flood: Latencies, idle: Latencies) => quantile(flood.ms, 0.99) / quantile(idle.ms, 0.99)
