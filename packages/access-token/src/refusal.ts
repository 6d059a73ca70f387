/** Why a token is refused. For logs and tests: a client is told no more than `absent`, or invalid. */
export type Refusal =
  | 'absent'
  | 'malformed'
  | 'wrong-algorithm'
  | 'unknown-key'
  | 'bad-signature'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'no-subject'
  | 'bad-claims'
  | 'session-ended'

/** What was decided about a token: its claims, or why it is refused. Crosses threads, so it is plain data. */
export type Verdict<Claims> = { ok: true; claims: Claims } | { ok: false; refusal: Refusal }

export const refuse = (refusal: Refusal) => ({ ok: false, refusal }) as const

/**
 * The `WWW-Authenticate` value of a 401 (RFC 6750 §3): it names an error only when a token was sent.
 */
export function bearerChallenge(refusal: Refusal): string {
  if (refusal === 'absent') return 'Bearer realm="api"'
  const description = refusal === 'expired' ? 'The access token expired' : 'The access token is not valid'
  return `Bearer realm="api", error="invalid_token", error_description="${description}"`
}

/** Status, code, detail and headers of the 401 (RFC 6750 §3), the same at every reader of tokens. */
export const unauthorizedAnswer = (refusal: Refusal) =>
  [
    401,
    refusalCode(refusal),
    refusal === 'absent' ? 'A bearer token is required' : 'The token is not valid',
    { headers: { 'www-authenticate': bearerChallenge(refusal) } },
  ] as const

/** The stable problem code of a 401. */
export const refusalCode = (refusal: Refusal) => (refusal === 'absent' ? 'missing-token' : 'invalid-token')
