import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parsePrivateKey, parsePublicKeys, parseSecrets } from '../src/parse-keys.js'
import { thumbprintOf } from '../src/thumbprint.js'
import { ec, privatePem, publicPem, rsa } from './key-pairs.js'

const rsaWith = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const ed25519 = generateKeyPairSync('ed25519')
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
const rsa1024 = rsaWith(1024)
const rsaE3 = rsaWith(2048, 3)
const rsa4096 = rsaWith(4096)

const mistakeOf = (parse: () => unknown): string => {
  try {
    parse()
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

describe('a private key', () => {
  it.each([
    ['EC in PKCS #8', privatePem(ec.privateKey), 'ES256'],
    ['EC in SEC 1', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'ES256'],
    [
      'EC as openssl ecparam writes it',
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${ec.privateKey.export({ type: 'sec1', format: 'pem' })}`,
      'ES256',
    ],
    ['RSA in PKCS #8', privatePem(rsa.privateKey), 'RS256'],
    ['RSA in PKCS #1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), 'RS256'],
    ['RSA of 3072 bits', privatePem(rsaWith(3072).privateKey), 'RS256'],
    ['without its last newline', privatePem(ec.privateKey).trimEnd(), 'ES256'],
  ])('is taken: %s', (_what, pem, algorithm) => {
    const key = parsePrivateKey(pem)
    expect(key.algorithm).toBe(algorithm)
    expect(key.kid).toBe(thumbprintOf(createPublicKey(createPrivateKey(pem))))
    expect(publicPem(createPublicKey(key.privateKey))).toBe(key.publicKey)
  })

  it.each([
    ['RSA of 1024 bits', privatePem(rsa1024.privateKey), 'an RSA key must have from 2048 to 4096 bits'],
    ['RSA with the exponent 3', privatePem(rsaE3.privateKey), 'an RSA key must have an exponent of at least 65537'],
    [
      'RSA of 4096 bits, whose tokens would be too long',
      privatePem(rsa4096.privateKey),
      'an RSA key that signs must have at most 3072 bits, or tokens are longer than 1 KiB',
    ],
    ['another curve', privatePem(p384.privateKey), 'an EC key must be on the curve P-256'],
    ['another curve of 256 bits', privatePem(secp256k1.privateKey), 'an EC key must be on the curve P-256'],
    ['Ed25519', privatePem(ed25519.privateKey), 'must be an EC key on P-256, or an RSA key'],
    ['RSA for PSS alone', privatePem(pss.privateKey), 'must be an EC key on P-256, or an RSA key'],
    [
      'an encrypted one',
      ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      'must not be encrypted, for there is nobody to ask for its password',
    ],
    [
      'one encrypted as of old',
      ec.privateKey.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      'must not be encrypted, for there is nobody to ask for its password',
    ],
    ['a public one', publicPem(ec.publicKey), 'must be a private key alone, and there is a public one'],
    [
      'both of a pair',
      privatePem(ec.privateKey) + publicPem(ec.publicKey),
      'must be a private key alone, and there is a public one',
    ],
    ['two', privatePem(ec.privateKey) + privatePem(rsa.privateKey), 'must be one key'],
    ['a secret', 'k'.repeat(32), 'is no private key in PEM'],
    ['half of one', privatePem(ec.privateKey).slice(0, 80), 'is no private key in PEM'],
  ])('is refused, and not shown: %s', (_what, pem, mistake) => {
    expect(mistakeOf(() => parsePrivateKey(pem))).toBe(mistake)
  })
})

describe('accepted public keys', () => {
  it('are taken one after the other, of both kinds', () => {
    const keys = parsePublicKeys(`${publicPem(ec.publicKey)}\n${publicPem(rsa.publicKey)}`)
    expect(keys.map(({ algorithm, kid }) => [algorithm, kid])).toEqual([
      ['ES256', thumbprintOf(ec.publicKey)],
      ['RS256', thumbprintOf(rsa.publicKey)],
    ])
  })

  it('are none in an empty text', () => {
    expect(parsePublicKeys(' \n')).toEqual([])
  })

  it.each([
    ['a private key', privatePem(ec.privateKey), 'must hold public keys only, and there is a private one'],
    [
      'a private key after a public one',
      publicPem(ec.publicKey) + privatePem(rsa.privateKey),
      'must hold public keys only, and there is a private one',
    ],
    ['a key that is weak', publicPem(rsa1024.publicKey), 'an RSA key must have from 2048 to 4096 bits'],
    ['a small exponent', publicPem(rsaE3.publicKey), 'an RSA key must have an exponent of at least 65537'],
    ['another curve', publicPem(p384.publicKey), 'an EC key must be on the curve P-256'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----', 'holds what is no public key'],
    ['text beside the keys', `${publicPem(ec.publicKey)}and more`, 'holds what is no PEM'],
    ['half of a key', publicPem(ec.publicKey).slice(0, 80), 'holds what is no PEM'],
  ])('are refused, and not shown: %s', (_what, pem, mistake) => {
    expect(mistakeOf(() => parsePublicKeys(pem))).toBe(mistake)
  })
})

describe('accepted secrets', () => {
  const random = randomBytes(32).toString('hex')

  it('are separated by any whitespace', () => {
    const [first, second, third] = [32, 33, 34].map((bytes) => randomBytes(bytes).toString('hex'))
    const secrets = parseSecrets(`${first}\n${second} \r\n\t${third}\n`)
    expect(secrets.map(({ secret }) => secret.length)).toEqual([64, 66, 68])
  })

  it('may none be a sample; the one that is is named by its place', () => {
    expect(mistakeOf(() => parseSecrets(`${random} your-256-bit-secret-your-256-bit-secret`))).toBe(
      'none may be a sample or too regular, and number 2 is',
    )
  })

  it('must each be 32 bytes long; the one that is not is named by its place', () => {
    expect(mistakeOf(() => parseSecrets(`${random} hunter2`))).toBe(
      'each must be at least 32 bytes, and number 2 is not',
    )
  })
})

it('computes the thumbprint of RFC 7638 §3.1', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
  expect(thumbprintOf(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})
