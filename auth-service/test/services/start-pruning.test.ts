import { expect, it, vi } from 'vitest'
import { startPruning } from '../../src/services/start-pruning.js'

/** Pruning every minute, by a clock that moves when told to. */
function start(work: () => Promise<void>, random = 0.5) {
  const log = { warn: vi.fn() }
  const slept: number[] = []
  let wake = () => {}
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      slept.push(ms)
      wake = resolve
      signal.addEventListener('abort', () => resolve())
    })
  const prune = vi.fn(work)
  const pruning = startPruning({ prune, everySeconds: 60, sleep, random: () => random, log })
  /** Lets the time pass, and what follows from it happen. */
  const pass = async () => {
    wake()
    await new Promise(setImmediate)
  }
  return { log, slept, pass, pruning, prune }
}

it.each([
  [0, 30_000],
  [0.5, 60_000],
  [0.999, 89_940],
])('it happens after an uneven while: %f', async (random, ms) => {
  const { slept, pass, prune, pruning } = start(async () => {}, random)
  expect(prune).not.toHaveBeenCalled()
  await pass()
  await pass()
  expect(prune).toHaveBeenCalledTimes(2)
  expect(slept).toEqual([ms, ms, ms])
  await pruning.close()
})

it('goes on after a failure, which it logs', async () => {
  const { pass, prune, log, pruning } = start(() => Promise.reject(new Error('away')))
  await pass()
  await pass()
  expect(prune).toHaveBeenCalledTimes(2)
  expect(log.warn).toHaveBeenCalledTimes(2)
  await pruning.close()
})

it('stops when it is closed, after what it is doing', async () => {
  let finish = () => {}
  const { pass, slept, pruning } = start(
    () =>
      new Promise((resolve) => {
        finish = resolve
      }),
  )
  await pass()
  const closed = vi.fn()
  const closing = pruning.close().then(closed)
  await pass()
  expect(closed).not.toHaveBeenCalled()
  finish()
  await closing
  expect(slept).toHaveLength(1)
})

it('stops at once when it is closed while it sleeps', async () => {
  const { prune, pruning } = start(async () => {})
  await pruning.close()
  expect(prune).not.toHaveBeenCalled()
})
