import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from './logger.js'
import {
  contentTooLarge,
  internalError,
  invalidRequest,
  methodNotAllowed,
  notFound,
  Problem,
  problemBody,
  unsupportedMediaType,
} from './problem.js'

/** Answers 405 with `Allow`: for every other method on a path that exists. */
export function refuseOtherMethods(allow: string): RequestHandler {
  return () => {
    throw methodNotAllowed(allow)
  }
}

/** Answers 404 to whatever no route took. Goes after all routes. */
export const refuseUnknownPaths: RequestHandler = () => {
  throw notFound()
}

/**
 * Turns whatever was thrown into `application/problem+json`. Goes last. An expected failure says what it is; an unexpected one says
 * nothing to the client and everything to the log.
 */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    const problem = toProblem(error)
    // Without a cause there is no more to say than the request log does: a flood of refused logins is not a flood of stacks.
    if (problem.status >= 500 && problem.cause !== undefined) {
      log.error({ requestId: res.locals.requestId, code: problem.code, err: problem.cause }, 'failed')
    }
    if (res.headersSent) return next(problem)
    sendProblem(res, problem)
  }
}

function sendProblem(res: Response, problem: Problem) {
  res
    .status(problem.status)
    .set({ 'Cache-Control': 'no-store', ...problem.options.headers })
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, res.locals.requestId)))
}

/** What a client is told about whatever was thrown. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown }
  if (typeof status !== 'number' || status >= 500) return internalError(error)
  // What body-parser and Express throw. They carry the raw body or path, so nothing of them is passed on or logged.
  if (status === 413) return contentTooLarge()
  if (status === 415) return unsupportedMediaType()
  return invalidRequest(type === 'entity.parse.failed' ? 'The body is not a JSON object' : 'The request cannot be read')
}
