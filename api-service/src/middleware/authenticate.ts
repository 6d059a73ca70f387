import {
  type ClaimsPolicy,
  judgeToken,
  parseBearer,
  type Refusal,
  unauthorizedAnswer,
  type VerifySignature,
} from '@auth-stack/access-token'
import type { EndedSessions } from '@auth-stack/ended-sessions'
import { Problem } from '@auth-stack/service-kit'
import type { RequestHandler } from 'express'

type AuthenticateDeps = {
  verifySignature: VerifySignature
  /** Resolves once it was looked whether a key that is not known has come; throws when that cannot be told. */
  lookForNewKeys: () => Promise<void>
  policy: ClaimsPolicy
  nowSeconds: () => number
  endedSessions: Pick<EndedSessions, 'stateOf'>
}

const unauthorized = (refusal: Refusal) => new Problem(...unauthorizedAnswer(refusal))

/** The token is good, and whether its session has ended is not known any more. */
const sessionsUnavailable = () =>
  new Problem(503, 'sessions-unavailable', 'Whether the session has ended cannot be said; try again shortly', {
    headers: { 'retry-after': '1' },
  })

/**
 * Verifies the token itself, on every request, whatever the gateway said: signature, algorithm, issuer, audience, expiry, not-before,
 * subject, and that the session has not ended. Puts the subject in `res.locals.userId`, which is the only thing that says who asks. Throws
 * 401, or 503 when the keys cannot be had or the last cannot be said.
 */
export function createAuthenticate(deps: AuthenticateDeps): RequestHandler {
  const { verifySignature, lookForNewKeys, policy, nowSeconds, endedSessions } = deps
  return async (req, res, next) => {
    const bearer = parseBearer(req.headers.authorization)
    if (!bearer.ok) throw unauthorized(bearer.refusal)
    const judge = () => judgeToken(bearer.token, verifySignature, policy, nowSeconds())
    let verdict = judge()
    if (!verdict.ok && verdict.refusal === 'unknown-key') {
      await lookForNewKeys()
      verdict = judge()
    }
    if (!verdict.ok) throw unauthorized(verdict.refusal)
    const session = endedSessions.stateOf(verdict.claims.sid)
    if (session === 'ended') throw unauthorized('session-ended')
    if (session === 'unknown') throw sessionsUnavailable()
    res.locals.userId = verdict.claims.sub
    next()
  }
}
