import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { base64url, goodClaims, handMadeToken, hs256Header } from './hand-made-token.js'
import { type TokenVector, toVectors } from './token-vector.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaPem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }).toString()

/** What somebody who does not have the key can make. All hold good claims, and none may be accepted, at any time. */
export function forgedTokenVectors(nowSeconds: number): TokenVector[] {
  const good = goodClaims(nowSeconds)
  const own = 'k'.repeat(36)
  const hs256 = `${base64url(hs256Header)}.${base64url(good)}`
  const rs256 = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(good)}`
  const withOwnKey = { ...hs256Header, jwk: { kty: 'oct', k: base64url(own) } }

  return toVectors([
    ['alg none, unsigned', `${base64url({ alg: 'none' })}.${base64url(good)}.`, 'malformed'],
    ['alg none, with some signature', handMadeToken({ alg: 'none' }, good, { key: own }), 'wrong-algorithm'],
    [
      'RS256',
      `${rs256}.${sign('sha256', Buffer.from(rs256), rsa.privateKey).toString('base64url')}`,
      'wrong-algorithm',
    ],
    ['a public key as the secret', handMadeToken(hs256Header, good, { key: rsaPem }), 'bad-signature'],
    ['an empty key', handMadeToken(hs256Header, good, { key: '' }), 'bad-signature'],
    ['another key', handMadeToken(hs256Header, good, { key: own }), 'bad-signature'],
    ['another key, which the token brings along', handMadeToken(withOwnKey, good, { key: own }), 'malformed'],
    ['no signature', hs256, 'malformed'],
    ['an empty signature', `${hs256}.`, 'malformed'],
    ['a signature of zeros', `${hs256}.${base64url(new Uint8Array(32))}`, 'bad-signature'],
    ['a signature of one byte', `${hs256}.AA`, 'bad-signature'],
  ])
}
