import { checkClaims } from './check-claims.js'
import { type AccessTokenClaims, type ClaimsPolicy, tokenAlgorithm } from './claims.js'
import { decodeCompactJws } from './compact-jws.js'
import { refuse, type Verdict } from './refusal.js'

/** Says whether a token's HS256 signature is right, and nothing about its claims. */
export type VerifySignature = (token: string) => boolean

/**
 * Judges a whole token: form, algorithm, signature, claims, in that order. Every reader of tokens goes through here and supplies
 * only the cryptography, so two readers cannot disagree about anything else.
 */
export function judgeToken(
  token: string,
  verifySignature: VerifySignature,
  policy: ClaimsPolicy,
  nowSeconds: number,
): Verdict<AccessTokenClaims> {
  const jws = decodeCompactJws(token)
  if (!jws) return refuse('malformed')
  if (jws.header.alg !== tokenAlgorithm) return refuse('wrong-algorithm')
  // Extensions marked critical have to be understood, and none are (RFC 7515 §4.1.11).
  if ('crit' in jws.header || !isJwtType(jws.header.typ)) return refuse('malformed')
  if (!verifySignature(token)) return refuse('bad-signature')
  return checkClaims(jws.payload, policy, nowSeconds)
}

const isJwtType = (typ: unknown) => typ === undefined || (typeof typ === 'string' && typ.toUpperCase() === 'JWT')
