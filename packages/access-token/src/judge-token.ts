import { checkClaims } from './check-claims.js'
import type { AccessTokenClaims, ClaimsPolicy } from './claims.js'
import { decodeCompactJws } from './compact-jws.js'
import { type Refusal, refuse, type Verdict } from './refusal.js'

/** What a token's header says of its key. Nothing that is trusted: it can only pick among the keys that the reader has. */
export type KeyHint = { alg: unknown; kid: string | undefined }

/** Says why a token's signature is not that of one of our keys, or null when it is, and nothing about its claims. */
export type VerifySignature = (token: string, hint: KeyHint) => SignatureRefusal | null

type SignatureRefusal = Extract<Refusal, 'malformed' | 'wrong-algorithm' | 'unknown-key' | 'bad-signature'>

/**
 * Judges a whole token: form, header, signature, claims, in that order. Every reader of tokens goes through here and supplies
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
  if (!isPlainHeader(jws.header)) return refuse('malformed')
  const refusal = verifySignature(token, jws.header)
  if (refusal) return refuse(refusal)
  return checkClaims(jws.payload, policy, nowSeconds)
}

// Extensions marked critical would have to be understood (RFC 7515 §4.1.11), and a key that a token brings along is never used.
const refusedMembers = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256']

type PlainHeader = Record<string, unknown> & KeyHint

function isPlainHeader(header: Record<string, unknown>): header is PlainHeader {
  const { typ, kid, cty, ...rest } = header
  const isText = (value: unknown) => value === undefined || typeof value === 'string'
  const isJwt = typ === undefined || (typeof typ === 'string' && typ.toUpperCase() === 'JWT')
  return isJwt && isText(kid) && isText(cty) && refusedMembers.every((name) => !(name in rest))
}
