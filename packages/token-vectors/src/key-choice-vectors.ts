import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { base64url, goodClaims, handMadeToken, hs256Header } from './hand-made-token.js'
import { type TokenVector, type TokenVectorRow, toVectors } from './token-vector.js'

type KeyPair = { kid: string; privateKey: KeyObject }

type KeyChoiceVectorsOptions = {
  /** The keys of the reader: one of each algorithm. */
  secret: Uint8Array
  ec: KeyPair
  rsa: KeyPair
  nowSeconds: number
}

/** A signature as a JWS has it (RFC 7518 §3.3 and §3.4), whatever the header says. */
type Signing = { key: KeyObject; pss?: boolean; der?: boolean }

/** A token signed by hand with a private key: EC as ES256 does, RSA as RS256 does. */
export function handMadeAsymmetricToken(header: unknown, payload: unknown, { key, pss, der }: Signing): string {
  const signed = `${base64url(header)}.${base64url(payload)}`
  const signature = sign('sha256', Buffer.from(signed), {
    key,
    dsaEncoding: der ? 'der' : 'ieee-p1363',
    ...(pss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  })
  return `${signed}.${signature.toString('base64url')}`
}

/**
 * Tokens that try to choose how they are checked, for a reader that has a key of each algorithm (RFC 8725 §3.1 and §3.2). They hold from
 * `nowSeconds` on for some minutes.
 */
export function keyChoiceVectors({ secret, ec, rsa, nowSeconds }: KeyChoiceVectorsOptions): TokenVector[] {
  const good = goodClaims(nowSeconds)
  const es256 = { alg: 'ES256', typ: 'JWT', kid: ec.kid }
  const rs256 = { alg: 'RS256', typ: 'JWT', kid: rsa.kid }
  const byEc = (header: object, more: Partial<Signing> = {}) =>
    handMadeAsymmetricToken(header, good, { key: ec.privateKey, ...more })
  const byRsa = (header: object, more: Partial<Signing> = {}) =>
    handMadeAsymmetricToken(header, good, { key: rsa.privateKey, ...more })
  const bySecret = (header: object, key: Uint8Array | string = secret) => handMadeToken(header, good, { key })
  const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const withSignature = (header: object, signature: Uint8Array) =>
    `${base64url(header)}.${base64url(good)}.${base64url(signature)}`

  /** A public key is no secret, in whatever spelling it is taken for one. */
  const asSecret = (name: string, { kid, privateKey }: KeyPair): TokenVectorRow[] => {
    const publicKey = createPublicKey(privateKey)
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const spellings: [string, Uint8Array | string][] = [
      ['PEM', pem],
      ['PEM without its last newline', pem.trimEnd()],
      ['DER', publicKey.export({ type: 'spki', format: 'der' })],
      ['JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
      ['kid', kid],
    ]
    return spellings.flatMap(([spelling, text]): TokenVectorRow[] => [
      [`HS256 by the ${name} key's ${spelling}`, bySecret(hs256Header, text), 'bad-signature'],
      [`the same, with its kid`, bySecret({ ...hs256Header, kid }, text), 'bad-signature'],
    ])
  }

  return toVectors([
    ['HS256 by the secret', bySecret(hs256Header), 'accepted'],
    ['ES256 by the EC key', byEc(es256), 'accepted'],
    ['RS256 by the RSA key', byRsa(rs256), 'accepted'],

    ['ES256 without a kid', byEc({ alg: 'ES256' }), 'malformed'],
    ['RS256 without a kid', byRsa({ alg: 'RS256' }), 'malformed'],
    ['ES256 with a kid that is a number', byEc({ ...es256, kid: 1 }), 'malformed'],
    ['ES256 with its key in the header', byEc({ ...es256, jwk: jwkOf(ec.privateKey) }), 'malformed'],
    ['ES256 by another key, which the token brings along', byOtherWithJwk(otherEc), 'malformed'],
    ['ES256 with a kid nobody has', byEc({ ...es256, kid: 'nobody' }), 'unknown-key'],
    ['ES256 with an empty kid', byEc({ ...es256, kid: '' }), 'unknown-key'],
    ['ES256 with __proto__ as kid', byEc({ ...es256, kid: '__proto__' }), 'unknown-key'],
    ['RS256 with a kid nobody has', byRsa({ ...rs256, kid: 'nobody' }), 'unknown-key'],

    ['ES256 with the kid of the RSA key', byEc({ ...es256, kid: rsa.kid }), 'wrong-algorithm'],
    ['RS256 with the kid of the EC key', byRsa({ ...rs256, kid: ec.kid }), 'wrong-algorithm'],
    ['RS256 said of an ES256 signature', byEc({ ...rs256, kid: ec.kid }), 'wrong-algorithm'],
    ['PS256 by the RSA key', byRsa({ ...rs256, alg: 'PS256' }, { pss: true }), 'wrong-algorithm'],
    ['ES384 by the EC key', byEc({ ...es256, alg: 'ES384' }), 'wrong-algorithm'],
    ['es256 in lower case', byEc({ ...es256, alg: 'es256' }), 'wrong-algorithm'],
    ['alg none with the kid of the EC key', byEc({ ...es256, alg: 'none' }), 'wrong-algorithm'],
    [
      'alg none with the kid of the EC key, unsigned',
      `${base64url({ ...es256, alg: 'none' })}.${base64url(good)}.`,
      'malformed',
    ],

    ['ES256 by another key under our kid', handMadeAsymmetricToken(es256, good, { key: otherEc }), 'bad-signature'],
    ['ES256 by a key on another curve', handMadeAsymmetricToken(es256, good, { key: otherCurve }), 'bad-signature'],
    ['RS256 by another key under our kid', handMadeAsymmetricToken(rs256, good, { key: otherRsa }), 'bad-signature'],
    ['RS256 said, PS256 done', byRsa(rs256, { pss: true }), 'bad-signature'],
    ['RS256 done under ES256 and the kid of the EC key', byRsa(es256), 'bad-signature'],
    ['ES256 with its signature in DER', byEc(es256, { der: true }), 'bad-signature'],
    ['ES256 with a signature of zeros', withSignature(es256, new Uint8Array(64)), 'bad-signature'],
    ['RS256 with a signature of zeros', withSignature(rs256, new Uint8Array(256)), 'bad-signature'],
    ['ES256 by the secret, under the kid of the EC key', bySecret(es256), 'bad-signature'],
    ['HS256 done by nobody, with the kid of the EC key', byEc({ ...hs256Header, kid: ec.kid }), 'bad-signature'],
    ...asSecret('EC', ec),
    ...asSecret('RSA', rsa),
  ])

  function byOtherWithJwk(other: KeyObject) {
    const header = { ...es256, kid: undefined, jwk: jwkOf(other) }
    return handMadeAsymmetricToken(header, good, { key: other })
  }
}

const jwkOf = (privateKey: KeyObject) => createPublicKey(privateKey).export({ format: 'jwk' })
