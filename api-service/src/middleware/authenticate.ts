import {
  bearerChallenge,
  type ClaimsPolicy,
  judgeToken,
  parseBearer,
  type Refusal,
  refusalCode,
  type VerifySignature,
} from '@auth-stack/access-token'
import { Problem } from '@auth-stack/service-kit'
import type { RequestHandler } from 'express'

type AuthenticateDeps = { verifySignature: VerifySignature; policy: ClaimsPolicy; nowSeconds: () => number }

const unauthorized = (refusal: Refusal) =>
  new Problem(
    401,
    refusalCode(refusal),
    refusal === 'absent' ? 'A bearer token is required' : 'The token is not valid',
    {
      headers: { 'www-authenticate': bearerChallenge(refusal) },
    },
  )

/**
 * Verifies the token itself, on every request, whatever the gateway said: signature, algorithm, issuer, audience, expiry, not-before and
 * subject. Puts the subject in `res.locals.userId`, which is the only thing that says who asks. Throws 401.
 */
export function createAuthenticate({ verifySignature, policy, nowSeconds }: AuthenticateDeps): RequestHandler {
  return (req, res, next) => {
    const bearer = parseBearer(req.headers.authorization)
    if (!bearer.ok) throw unauthorized(bearer.refusal)
    const verdict = judgeToken(bearer.token, verifySignature, policy, nowSeconds())
    if (!verdict.ok) throw unauthorized(verdict.refusal)
    res.locals.userId = verdict.claims.sub
    next()
  }
}
