import { type FloodSample, type FloodTarget, measureFlood, slowdown } from './flood.js'
import { measureHashLimit } from './hash-limit.js'
import type { LoadGenerator } from './load.js'
import { median } from './statistics.js'

/** The promise that is kept by a gate: ratios only, with room for a noisy machine of two cores. */
const isolationPromise = {
  /** p99 of profile reads under flood may be at most so many times that of an idle stack. */
  maxSlowdown: 10,
  /** Of what the cores compare when they do nothing else, so much must be left for logins. */
  minLoginShare: 0.5,
  /** Of the profile reads under flood, in percent, which were not answered 200. */
  maxFailedPercent: 0,
}

export type Isolation = { slowdown: number; loginShare: number; failedPercent: number }

const seconds = { idle: 2, flood: 3 }

/** Watches a target idle, under flood, idle, … and the bare cores between, some seven seconds a round. Medians of the rounds. */
export async function measureIsolation(load: LoadGenerator, target: FloodTarget, rounds: number): Promise<Isolation> {
  const samples: FloodSample[] = []
  const limits: number[] = []
  for (let round = 0; round < rounds; round++) {
    limits.push((await measureHashLimit({ engine: 'cpp', cost: 10, seconds: 1 })).perSecond)
    samples.push(await measureFlood(load, target, seconds))
  }
  const medianOf = (read: (sample: FloodSample, round: number) => number) => median(samples.map(read))
  return {
    slowdown: medianOf(({ flood, idle }) => slowdown(flood.profile, idle.profile)),
    loginShare: medianOf(({ loginsPerSecond }, round) => loginsPerSecond / (limits[round] ?? Number.NaN)),
    failedPercent: medianOf(({ flood }) => (flood.profile.failed / flood.profile.ms.length) * 100),
  }
}

/** What of the promise was not kept, in words; empty when all was. */
export function brokenPromises({ slowdown, loginShare, failedPercent }: Isolation): string[] {
  const { maxSlowdown, minLoginShare, maxFailedPercent } = isolationPromise
  return [
    slowdown > maxSlowdown &&
      `profile reads are ${slowdown.toFixed(1)} times slower under flood (at most ${maxSlowdown})`,
    loginShare < minLoginShare && `logins get ${loginShare.toFixed(2)} of the cores (at least ${minLoginShare})`,
    failedPercent > maxFailedPercent &&
      `${failedPercent.toFixed(1)} % of profile reads failed (at most ${maxFailedPercent})`,
  ].filter((broken) => broken !== false)
}
