import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@auth-stack/service-kit'
import type { SessionRepository } from '../data/session-repository.js'
import type { SessionMetrics } from './session-metrics.js'

type PruneSessionsDeps = {
  sessions: Pick<SessionRepository, 'removeDead' | 'removeSpent'>
  /** A token spent longer ago than this would be refused for being idle, had it never been spent: its reuse tells nothing new. */
  idleSeconds: number
  metrics: Pick<SessionMetrics, 'removed'>
}

// So few that one statement takes milliseconds, also when each session has thousands of tokens.
const sessionsABatch = 10
const tokensABatch = 200

/** Removes the rows of sessions and refresh tokens that are of no more use, in small batches, until there are none. */
export function createPruneSessions({ sessions, idleSeconds, metrics }: PruneSessionsDeps) {
  return async function pruneSessions(signal: AbortSignal): Promise<void> {
    await inBatches(sessionsABatch, 'sessions', () => sessions.removeDead(sessionsABatch))
    await inBatches(tokensABatch, 'refresh_tokens', () => sessions.removeSpent(tokensABatch, idleSeconds))

    async function inBatches(size: number, table: 'sessions' | 'refresh_tokens', remove: () => Promise<number>) {
      for (let removed = size; removed >= size && !signal.aborted; ) {
        removed = await remove()
        metrics.removed(table, removed)
      }
    }
  }
}

type StartPruningDeps = {
  pruneSessions: ReturnType<typeof createPruneSessions>
  everySeconds: number
  /** From 0 to, but not, 1. */
  random: () => number
  log: Pick<Logger, 'warn'>
}

/**
 * Prunes now and then, at an uneven pace, so that instances that started at once do not all do it at once. Stop with `close`, which waits
 * for a statement that is running.
 */
export function startPruning({ pruneSessions, everySeconds, random, log }: StartPruningDeps) {
  const closing = new AbortController()

  async function pruneForever() {
    const { signal } = closing
    while (!signal.aborted) {
      await sleep(everySeconds * 1000 * (0.5 + random()), undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      await pruneSessions(signal).catch((error: unknown) => log.warn({ err: error }, 'cannot remove dead sessions'))
    }
  }
  const pruning = pruneForever()

  return {
    close() {
      closing.abort()
      return pruning
    },
  }
}
