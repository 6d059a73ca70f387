import { createRequire } from 'node:module'
import { Problem } from '@auth-stack/service-kit'
import { Piscina } from 'piscina'
import type { TaskMetrics } from './crypto-metrics.js'
import { monotonicSeconds } from './monotonic-clock.js'
import type { Asked, Timed, WorkerSetup } from './worker.js'

type WorkersOptions = { threads: number; setup: WorkerSetup; metrics: TaskMetrics }

/** The answer when a worker could not do its task: it died over it, or the library failed. "Cannot tell" is a 503, as everywhere. */
const cryptoUnavailable = (cause: unknown) =>
  new Problem(503, 'crypto-unavailable', 'This cannot be checked right now; try again shortly', {
    headers: { 'retry-after': '1' },
    cause,
  })

// Named in package.json, because a worker thread loads compiled code also when a test runs this file from source.
const workerFile = createRequire(import.meta.url).resolve('#crypto-worker')

/** Worker threads that run the functions of `worker.ts`, one task each at a time, in order. One that dies is replaced. */
export function startWorkers({ threads, setup, metrics }: WorkersOptions) {
  const piscina = new Piscina({
    filename: workerFile,
    workerData: setup,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
  })
  let unfinished = 0

  return {
    /** What the function `name` answers. Throws `cryptoUnavailable`. `askedAt` is when the wait for it began, in seconds of the monotonic clock. */
    async run<Task, Result>(name: string, task: Task, askedAt = monotonicSeconds()): Promise<Result> {
      unfinished++
      try {
        const timed: Timed<Result> = await piscina.run({ task, askedAt } satisfies Asked<Task>, { name })
        metrics.finished(timed.waitSeconds, timed.runSeconds)
        return timed.result
      } catch (error) {
        throw cryptoUnavailable(error)
      } finally {
        unfinished--
      }
    },
    get running() {
      return Math.min(unfinished, threads)
    },
    get waiting() {
      return Math.max(0, unfinished - threads)
    },
    /** Lets what runs finish and ends the threads. */
    close: () => piscina.close(),
  }
}
