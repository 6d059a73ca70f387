import { cpuUsage, memoryUsage } from 'node:process'
import type { MetricRegistry } from './registry.js'

/**
 * What a process uses, under the names every Prometheus client has. Not prom-client's own set: promtool objects to some of its names,
 * and its observer of garbage collection cannot be stopped.
 */
export function addProcessMetrics({ counter, gauge }: MetricRegistry) {
  counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, all its threads together, in seconds.',
    collect() {
      const { user, system } = cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since the epoch.',
  }).set(performance.timeOrigin / 1000)
  gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that is in RAM, in bytes.',
    collect() {
      this.set(memoryUsage.rss())
    },
  })
  gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'JavaScript heap of the main thread that is in use, in bytes.',
    collect() {
      this.set(memoryUsage().heapUsed)
    },
  })
}
