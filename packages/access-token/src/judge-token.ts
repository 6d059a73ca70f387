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
  if (!isPlainHeader(jws.header)) return refuse('malformed')
  if (!verifySignature(token)) return refuse('bad-signature')
  return checkClaims(jws.payload, policy, nowSeconds)
}

// Extensions marked critical would have to be understood (RFC 7515 §4.1.11), and a key that a token brings along is never used.
const refusedMembers = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256']

function isPlainHeader({ typ, kid, cty, ...rest }: Record<string, unknown>): boolean {
  const isText = (value: unknown) => value === undefined || typeof value === 'string'
  const isJwt = typ === undefined || (typeof typ === 'string' && typ.toUpperCase() === 'JWT')
  return isJwt && isText(kid) && isText(cty) && refusedMembers.every((name) => !(name in rest))
}
