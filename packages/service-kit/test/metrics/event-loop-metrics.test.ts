import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { watchEventLoop } from '../../src/metrics/event-loop-metrics.js'
import { createMetricRegistry } from '../../src/metrics/registry.js'
import { readSeries } from '../prometheus-text.js'

let metric: (series: string) => Promise<number>

beforeEach(() => {
  const registry = createMetricRegistry()
  const eventLoop = watchEventLoop(registry)
  onTestFinished(() => eventLoop.close())
  metric = async (series) => readSeries(`nodejs_eventloop_${series}`, await registry.text())
})

function blockFor(ms: number) {
  const until = performance.now() + ms
  while (performance.now() < until);
}

it('shows next to nothing while the event loop is idle', async () => {
  const active = await metric('active_seconds_total')
  await sleep(1000)
  expect(await metric('delay_seconds_count')).toBeGreaterThan(10)
  expect((await metric('delay_seconds_sum')) / (await metric('delay_seconds_count'))).toBeLessThan(0.005)
  expect((await metric('active_seconds_total')) - active).toBeLessThan(0.5)
})

it('shows how long the event loop was blocked', async () => {
  const active = await metric('active_seconds_total')
  const longer = async (than: string) =>
    (await metric('delay_seconds_count')) - (await metric(`delay_seconds_bucket{le="${than}"}`))
  expect(await longer('0.25')).toBe(0)
  blockFor(400)
  await sleep(100)
  expect(await longer('0.25')).toBe(1)
  expect(await metric('delay_seconds_sum')).toBeGreaterThan(0.34)
  expect((await metric('active_seconds_total')) - active).toBeGreaterThan(0.39)
})
