import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import type { Logger } from './logger.js'
import type { RequestMetrics } from './metrics/request-metrics.js'

const requestIdPattern = /^[A-Za-z0-9-]{8,64}$/

/** The id nginx gave the request, or a new one when a service is called directly or with something that is no id. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
}

/** Gives each request its id, in `res.locals.requestId` and on the response; logs one line, and counts its time, when it ends. */
export function requestLog(log: Logger, metrics: Pick<RequestMetrics, 'answered'>): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now()
    const requestId = requestIdOf(req)
    res.locals.requestId = requestId
    res.setHeader('X-Request-Id', requestId)
    res.once('close', () => {
      const ms = performance.now() - startedAt
      const { method } = req
      // The template, not the path: a path may hold ids, and a label must not grow without bound.
      const route: string = req.route?.path ?? 'none'
      const clientLeft = !res.writableFinished
      metrics.answered({ method, route, status: clientLeft ? 499 : res.statusCode }, ms / 1000)
      log.info(
        {
          requestId,
          method,
          route,
          status: res.statusCode,
          ms: Math.round(ms),
          ...(clientLeft ? { clientLeft } : {}),
        },
        'answered',
      )
    })
    next()
  }
}
