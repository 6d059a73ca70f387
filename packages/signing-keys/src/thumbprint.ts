import { createHash, type KeyObject } from 'node:crypto'

/** The thumbprint of a public EC or RSA key (RFC 7638 §3): the same for everybody who has the key, however it is written. */
export function thumbprintOf(publicKey: KeyObject): string {
  const { kty, crv, x, y, e, n } = publicKey.export({ format: 'jwk' })
  // The required members alone, in this order; JSON leaves out those of the other kind.
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url')
}
