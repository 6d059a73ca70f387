import { Router } from 'express'
import { createDatabaseMetrics } from './database-metrics.js'
import { watchEventLoop } from './event-loop-metrics.js'
import { probeLibuvPool } from './libuv-pool-probe.js'
import { addProcessMetrics } from './process-metrics.js'
import { createMetricRegistry } from './registry.js'
import { createRequestMetrics } from './request-metrics.js'

/**
 * What every service measures about itself, and `GET /metrics`, which tells it to Prometheus. Scrapes come every few seconds, so they have
 * no line in the request log. It measures until `close`.
 */
export function createServiceMetrics() {
  const registry = createMetricRegistry()
  addProcessMetrics(registry)
  const eventLoop = watchEventLoop(registry)
  const libuvPool = probeLibuvPool(registry)

  const routes = Router({ caseSensitive: true, strict: true })
  routes.get('/metrics', async (_req, res) => {
    res.set('Content-Type', registry.contentType).send(await registry.text())
  })

  return {
    registry,
    requests: createRequestMetrics(registry),
    database: createDatabaseMetrics(registry),
    routes,
    close() {
      eventLoop.close()
      libuvPool.close()
    },
  }
}

export type ServiceMetrics = ReturnType<typeof createServiceMetrics>
