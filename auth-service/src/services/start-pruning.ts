import type { Logger } from '@auth-stack/service-kit'
import type { PruneSessions } from './prune-sessions.js'

type StartPruningDeps = {
  pruneSessions: PruneSessions
  everySeconds: number
  /** Resolves after so long, or when the signal is given. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to, but not, 1. */
  random: () => number
  log: Pick<Logger, 'warn'>
}

/**
 * Prunes now and then, at an uneven pace, so that instances that started at once do not all do it at once. Stop with `close`, which waits
 * for the statement that is running.
 */
export function startPruning({ pruneSessions, everySeconds, sleep, random, log }: StartPruningDeps) {
  const closing = new AbortController()

  async function pruneUntil(closed: AbortSignal) {
    while (!closed.aborted) {
      await sleep(everySeconds * 1000 * (0.5 + random()), closed)
      if (closed.aborted) return
      await pruneSessions(closed).catch((error: unknown) => log.warn({ err: error }, 'cannot remove dead sessions'))
    }
  }
  const pruning = pruneUntil(closing.signal)

  return {
    close() {
      closing.abort()
      return pruning
    },
  }
}
