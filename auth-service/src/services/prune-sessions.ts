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
