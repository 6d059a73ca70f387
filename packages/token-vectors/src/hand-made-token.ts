import { createHmac } from 'node:crypto'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'

/** The header of the contract. */
export const hs256Header = { alg: 'HS256', typ: 'JWT' }

/** Claims that keep the contract, for a token issued ten seconds before `nowSeconds` that lives fifteen minutes. */
export const goodClaims = (nowSeconds: number) => ({
  iss: tokenIssuer,
  aud: tokenAudience,
  sub: '1',
  iat: nowSeconds - 10,
  exp: nowSeconds + 890,
  jti: 'token-id',
})

type Signing = { key: Uint8Array | string; hash?: 'sha256' | 'sha384' | 'sha512' }

/** A token signed by hand, so that it can say what no library would write. Each part is text, bytes, or something to make JSON of. */
export function handMadeToken(header: unknown, payload: unknown, { key, hash = 'sha256' }: Signing): string {
  const signed = `${base64url(header)}.${base64url(payload)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}

export const base64url = (part: unknown): string =>
  Buffer.from(part instanceof Uint8Array || typeof part === 'string' ? part : JSON.stringify(part)).toString(
    'base64url',
  )
