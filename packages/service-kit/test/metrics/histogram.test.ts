import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createMetricRegistry } from '../../src/metrics/registry.js'

const settings = { name: 'wait_seconds', help: 'A wait.', buckets: [0.1, 1, 10], labelNames: ['pool'] as const }

/** The samples of a Prometheus text, whatever the order of lines and labels. */
const samplesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`))
    .sort()

it('writes down what the histogram of prom-client would', async () => {
  const observations = fc.array(
    fc.record({
      pool: fc.constantFrom('hash', 'token', 'a "b"\\\n'),
      value: fc.oneof(fc.constantFrom(0, 0.1, 1, 10), fc.double({ min: 0, max: 20, noNaN: true })),
    }),
  )
  await fc.assert(
    fc.asyncProperty(observations, async (observed) => {
      const ours = createMetricRegistry()
      const theirs = new Registry()
      const observer = ours.histogram(settings)
      const histogram = new Histogram({ ...settings, buckets: [...settings.buckets], registers: [theirs] })
      for (const { pool, value } of observed) {
        observer({ pool })(value)
        histogram.observe({ pool }, value)
      }
      expect(samplesOf(await ours.text())).toEqual(samplesOf(await theirs.metrics()))
    }),
  )
})

it('is there as zero once its labels are known', async () => {
  const registry = createMetricRegistry()
  registry.histogram(settings)({ pool: 'hash' })
  expect(await registry.text()).toContain('wait_seconds_count{pool="hash"} 0')
})
