import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { expect, it, onTestFinished, vi } from 'vitest'
import { probeLibuvPool } from '../../src/metrics/libuv-pool-probe.js'
import { createMetricRegistry } from '../../src/metrics/registry.js'
import { readSeries } from '../prometheus-text.js'

/** The seconds the first probe took. */
async function firstProbe() {
  const registry = createMetricRegistry()
  const probe = probeLibuvPool(registry)
  onTestFinished(() => probe.close())
  const read = async (series: string) => readSeries(`libuv_pool_probe_seconds_${series}`, await registry.text())
  await vi.waitFor(async () => expect(await read('count')).toBe(1), 15_000)
  return read('sum')
}

it('takes next to no time while the pool is free', async () => {
  expect(await firstProbe()).toBeLessThan(0.1)
})

it('takes as long as what stands before it in the pool', async () => {
  const startedAt = performance.now()
  // More than there are threads, and each thread gives the probe its turn only after the second.
  const work = Array.from({ length: 8 }, () => promisify(pbkdf2)('password', 'salt', 200_000, 32, 'sha256'))
  const firstDone = Promise.race(work).then(() => performance.now() - startedAt)
  const probe = firstProbe()
  const seconds = await probe
  expect(seconds).toBeGreaterThan((await firstDone) / 1000)
  await Promise.all(work)
})
