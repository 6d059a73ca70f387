import { createHmac } from 'node:crypto'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Claims that everybody accepts, for `changes` to spoil. */
export function goodClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return { iss: 'auth-service', aud: 'api-service', sub: '1', iat: now, exp: now + 600, ...changes }
}

/** Signs with HMAC-SHA256, whatever the header says. By hand, so that no library can refuse to make what a test needs. */
export function signToken(
  claims: Record<string, unknown>,
  signingKey: string,
  header: Record<string, unknown> = { alg: 'HS256', typ: 'JWT' },
): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac('sha256', signingKey).update(input).digest('base64url')}`
}
