import { STATUS_CODES } from 'node:http'

/**
 * An expected failure: what a client is told (RFC 9457), thrown anywhere below a route. `code` is stable and for programs, `detail`
 * is for people; neither may carry anything the client sent. `cause` is for the log only.
 */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly options: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
  }
}

/** The `application/problem+json` body of a problem. */
export function problemBody({ status, code, detail }: Problem, requestId: string) {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail, requestId }
}

export const notFound = () => new Problem(404, 'not-found', 'There is nothing at this path')
export const invalidRequest = (detail: string) => new Problem(400, 'invalid-request', detail)
export const methodNotAllowed = (allow: string) =>
  new Problem(405, 'method-not-allowed', `Use ${allow}`, { headers: { allow } })
export const contentTooLarge = () => new Problem(413, 'content-too-large', 'The body is larger than this path accepts')
export const unsupportedMediaType = () =>
  new Problem(415, 'unsupported-media-type', 'Send application/json in UTF-8, uncompressed')
export const internalError = (cause: unknown) =>
  new Problem(500, 'internal-error', 'Something went wrong here, not with the request', { cause })

/** The answer when the database cannot be asked. "Cannot tell" is never "no", so it is a 503 and not a 401 or 404. */
export const databaseUnavailable = (cause: unknown) =>
  new Problem(503, 'database-unavailable', 'The database cannot be reached; try again shortly', {
    headers: { 'retry-after': '1' },
    cause,
  })
