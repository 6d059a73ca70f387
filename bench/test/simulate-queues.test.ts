import { expect, test } from 'vitest'
import { poissonIntervals } from '../src/poisson.js'
import { simulateQueues } from '../src/simulate-queues.js'

test('who finds a free worker waits for nobody, and the next in turn for the one before', () => {
  const arrivalsMs = [0, 0, 0, 100]
  expect(simulateQueues({ arrivalsMs, instances: 1, workers: 1, serviceMs: 10 })).toEqual([10, 20, 30, 10])
  expect(simulateQueues({ arrivalsMs, instances: 1, workers: 2, serviceMs: 10 })).toEqual([10, 10, 20, 10])
  expect(simulateQueues({ arrivalsMs, instances: 3, workers: 1, serviceMs: 10 })).toEqual([10, 10, 10, 10])
})

test('the mean wait of M/D/1 is what the formula of Pollaczek and Khinchine says', () => {
  const serviceMs = 10
  const load = 0.7
  const next = poissonIntervals((load * 1000) / serviceMs, 1)
  let nowMs = 0
  const arrivalsMs = Array.from({ length: 200_000 }, () => {
    nowMs += next()
    return nowMs
  })
  const latencies = simulateQueues({ arrivalsMs, instances: 1, workers: 1, serviceMs })
  const meanWaitMs = latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length - serviceMs
  expect(meanWaitMs).toBeCloseTo((load * serviceMs) / (2 * (1 - load)), 0)
})
