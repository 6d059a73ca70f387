import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type AccessTokenClaims,
  bearerChallenge,
  parseBearer,
  type Refusal,
  refusalCode,
  type Verdict,
} from '@auth-stack/access-token'
import type { EndedSessions } from '@auth-stack/ended-sessions'
import { type Logger, requestIdOf } from '@auth-stack/service-kit'
import type { ValidationMetrics } from './validation-metrics.js'

type GetValidateDeps = {
  /** Rejects when it cannot be said. */
  judgeToken: (token: string) => Promise<Verdict<AccessTokenClaims>>
  endedSessions: Pick<EndedSessions, 'stateOf'>
  log: Logger
  metrics: ValidationMetrics
}

/**
 * `GET /validate`: internal, asked by nginx for every protected request. Answers 200, 401 or 403 and nothing else, because
 * auth_request turns any other status into a 500; why, is in `X-Validate-Error`, and "cannot tell" is a 403 with `unavailable` in it,
 * which nginx answers as 503. Always without a body and with `Content-Length: 0`, or nginx gives up the connection each time.
 * Reads no database. Plain node:http in front of Express, which would cost three times as much as the whole verification.
 */
export function createGetValidate({ judgeToken, endedSessions, log, metrics }: GetValidateDeps) {
  return async function getValidate(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now()
    const bearer = parseBearer(req.headers.authorization)
    if (!bearer.ok) return refuse(bearer.refusal)
    try {
      const verdict = await judgeToken(bearer.token)
      if (!verdict.ok) return refuse(verdict.refusal)
      // Asked of every request: the token was judged once, and its session may have ended since.
      const session = endedSessions.stateOf(verdict.claims.sid)
      if (session === 'ended') return refuse('session-ended')
      if (session === 'unknown') return cannotTell()
      res.writeHead(200, { 'Content-Length': 0 }).end()
      validated('ok')
    } catch (error) {
      log.error({ requestId: requestIdOf(req), err: error }, 'cannot validate')
      cannotTell()
    }

    function cannotTell() {
      res.writeHead(403, { 'Content-Length': 0, 'X-Validate-Error': 'unavailable' }).end()
      validated('unavailable')
    }

    function refuse(refusal: Refusal) {
      log.debug({ requestId: requestIdOf(req), refusal }, 'refused')
      res
        .writeHead(401, {
          'Content-Length': 0,
          'WWW-Authenticate': bearerChallenge(refusal),
          'X-Validate-Error': refusalCode(refusal),
        })
        .end()
      validated(refusal)
    }

    function validated(result: Parameters<ValidationMetrics['validated']>[0]) {
      metrics.validated(result, (performance.now() - startedAt) / 1000)
    }
  }
}
