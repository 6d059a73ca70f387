import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import type { Logger } from './logger.js'

const requestIdPattern = /^[A-Za-z0-9-]{8,64}$/

/** The id nginx gave the request, or a new one when a service is called directly or with something that is no id. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
}

/** Gives each request its id, in `res.locals.requestId` and on the response, and logs one line when it ends. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now()
    const requestId = requestIdOf(req)
    res.locals.requestId = requestId
    res.setHeader('X-Request-Id', requestId)
    res.once('close', () => {
      log.info(
        {
          requestId,
          method: req.method,
          // The template, not the path: a path may hold ids, and a label must not grow without bound.
          route: req.route?.path ?? 'none',
          status: res.statusCode,
          ms: Math.round(performance.now() - startedAt),
          ...(res.writableFinished ? {} : { clientLeft: true }),
        },
        'answered',
      )
    })
    next()
  }
}
