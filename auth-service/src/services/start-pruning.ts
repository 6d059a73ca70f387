import type { Logger } from '@auth-stack/service-kit'

type StartPruningDeps = {
  /** Removes what is of no more use, until there is none or the signal is given. */
  prune: (signal: AbortSignal) => Promise<void>
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
export function startPruning({ prune, everySeconds, sleep, random, log }: StartPruningDeps) {
  const closing = new AbortController()

  async function pruneUntil(closed: AbortSignal) {
    while (!closed.aborted) {
      await sleep(everySeconds * 1000 * (0.5 + random()), closed)
      if (closed.aborted) return
      await prune(closed).catch((error: unknown) => log.warn({ err: error }, 'cannot prune'))
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
