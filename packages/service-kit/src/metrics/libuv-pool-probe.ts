import { randomBytes } from 'node:crypto'
import type { MetricRegistry } from './registry.js'

const everyMs = 1000

/**
 * The second queue: what waits for libuv's thread pool, which `fs`, `dns.lookup`, zlib and WebCrypto share and no lag of the event loop
 * shows. Every second it is asked for next to nothing, and how long that takes is how long anything would wait (the event loop's own
 * delay included, since the answer comes back through it). Stop with `close`.
 */
export function probeLibuvPool({ histogram }: MetricRegistry) {
  const observeLatency = histogram({
    name: 'libuv_pool_probe_seconds',
    help: "Time a task that does next to nothing takes through libuv's thread pool, asked every second, in seconds.",
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  })({})

  function probe() {
    const askedAt = performance.now()
    // One random byte: always a task of the pool, where a call of fs may go through io_uring, or wait for a disk.
    randomBytes(1, () => observeLatency((performance.now() - askedAt) / 1000))
  }
  probe()
  const timer = setInterval(probe, everyMs).unref()

  return { close: () => clearInterval(timer) }
}
