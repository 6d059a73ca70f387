import { stat } from 'node:fs'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import { probeSocket, type Queues } from './read-queues.js'

// Loaded into a server with `node --import`: measures, from inside, how long its event loop and libuv's thread pool keep others waiting.
// read-queues.ts reads it.

const folder = process.env.BENCH_PROBE_FOLDER
if (isMainThread && folder) {
  const resolutionMs = 5
  const probeEveryMs = 50
  const loopDelay = monitorEventLoopDelay({ resolution: resolutionMs })
  loopDelay.enable()
  let answeredMs: number[] = []
  const unanswered = new Set<number>()

  // Started on the clock and not after the one before, or a long wait would be counted once only.
  const timer = setInterval(() => {
    const startedAt = performance.now()
    unanswered.add(startedAt)
    stat('/', () => {
      unanswered.delete(startedAt)
      answeredMs.push(performance.now() - startedAt)
    })
  }, probeEveryMs)
  timer.unref()

  createServer((_req, res) => {
    // The histogram holds whole intervals between two timers, of which the delay is what exceeds the resolution.
    const delayMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
    const queues: Queues = {
      loopP99Ms: delayMs(loopDelay.percentile(99)),
      loopMaxMs: delayMs(loopDelay.max),
      poolMs: [...answeredMs, ...[...unanswered].map((startedAt) => performance.now() - startedAt)],
    }
    res.end(JSON.stringify(queues))
    loopDelay.reset()
    answeredMs = []
  })
    .listen(probeSocket(folder, process.pid))
    .unref()
}
