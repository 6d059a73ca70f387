import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { parseJwks, toJwks } from '../src/jwks.js'
import { createKeySet } from '../src/key-set.js'
import { parsePrivateKey, parsePublicKeys, secretKey } from '../src/parse-keys.js'
import { ec, privatePem, publicPem, rsa } from './key-pairs.js'

const next = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = secretKey(Buffer.from('a-secret-that-nobody-may-ever-see!'))

describe('the published set', () => {
  const keys = createKeySet({
    secret,
    acceptedSecrets: [secretKey(Buffer.alloc(32, 7))],
    privateKey: parsePrivateKey(privatePem(ec.privateKey)),
    acceptedPublicKeys: parsePublicKeys(publicPem(next.publicKey) + publicPem(rsa.publicKey) + publicPem(ec.publicKey)),
  })
  const jwks = toJwks(keys.accepted)

  it('holds the key that signs and the accepted ones, each once, with what a reader needs', async () => {
    expect(jwks.keys.map(({ alg, use }) => [alg, use])).toEqual([
      ['ES256', 'sig'],
      ['ES256', 'sig'],
      ['RS256', 'sig'],
    ])
    for (const jwk of jwks.keys) expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk as JWK))
  })

  it('holds no secret and nothing private', () => {
    const allowed = ['kty', 'crv', 'x', 'y', 'n', 'e', 'use', 'alg', 'kid']
    expect(jwks.keys.flatMap((jwk) => Object.keys(jwk)).filter((member) => !allowed.includes(member))).toEqual([])
    const text = JSON.stringify(jwks)
    const { d } = ec.privateKey.export({ format: 'jwk' })
    for (const hidden of [
      d ?? '',
      Buffer.from(secret.secret).toString(),
      Buffer.from(secret.secret).toString('base64url'),
    ]) {
      expect(text).not.toContain(hidden)
    }
  })

  it('is empty when there are only secrets', () => {
    expect(toJwks([secret])).toEqual({ keys: [] })
  })

  it('is read back as it was', () => {
    expect(parseJwks(JSON.stringify(jwks))).toEqual({
      keys: keys.accepted.filter((key) => key.algorithm !== 'HS256'),
      ignored: [],
    })
  })
})

it('keeps the private part of the key that signs away from those that verify', () => {
  const privateKey = parsePrivateKey(privatePem(ec.privateKey))
  const { signing, accepted } = createKeySet({ secret, acceptedSecrets: [], privateKey, acceptedPublicKeys: [] })
  expect(signing).toEqual(privateKey)
  expect(accepted).toEqual([secret, { algorithm: 'ES256', kid: privateKey.kid, publicKey: privateKey.publicKey }])
})

describe('of a fetched set', () => {
  const jwkOf = (key: KeyObject, more: object = {}) => ({ ...key.export({ format: 'jwk' }), kid: 'one', ...more })
  const rsaWith = (modulusLength: number, publicExponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey
  const parse = (...keys: unknown[]) => parseJwks(JSON.stringify({ keys }))

  it.each([
    ['an EC key', jwkOf(ec.publicKey), 'ES256'],
    ['an RSA key', jwkOf(rsa.publicKey), 'RS256'],
    ['one that says what it is for', jwkOf(ec.publicKey, { use: 'sig', key_ops: ['verify'], alg: 'ES256' }), 'ES256'],
    ['one with members nobody knows', jwkOf(ec.publicKey, { x5c: ['AA'], color: 'blue' }), 'ES256'],
  ])('%s is used', (_what, jwk, algorithm) => {
    expect(parse(jwk)).toMatchObject({ keys: [{ kid: 'one', algorithm }], ignored: [] })
  })

  it('nothing private is kept, should somebody publish it', () => {
    const { keys } = parse(jwkOf(ec.privateKey))
    expect(keys).toMatchObject([{ kid: 'one', publicKey: publicPem(ec.publicKey) }])
  })

  it.each([
    ['of 1024 bits', jwkOf(rsaWith(1024)), 'an RSA key must have from 2048 to 4096 bits'],
    ['with the exponent 3', jwkOf(rsaWith(2048, 3)), 'an RSA key must have an exponent of at least 65537'],
    ['with the exponent 1', jwkOf(rsa.publicKey, { e: 'AQ' }), 'an RSA key must have an exponent of at least 65537'],
    ['for encryption', jwkOf(ec.publicKey, { use: 'enc' }), 'its use is not sig'],
    ['for signing only', jwkOf(ec.publicKey, { key_ops: ['sign'] }), 'its key_ops do not hold verify'],
    ['of another algorithm', jwkOf(rsa.publicKey, { alg: 'PS256' }), 'its alg is not RS256'],
    ['that says it is a secret', jwkOf(ec.publicKey, { alg: 'HS256' }), 'its alg is not ES256'],
    ['that is a secret', { kty: 'oct', k: 'AAAA', kid: 'one', alg: 'HS256' }, 'it is no public key of a known kind'],
    [
      'on another curve',
      jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
      'an EC key must be on the curve P-256',
    ],
    [
      'whose point is not on the curve',
      jwkOf(ec.publicKey, { y: 'A'.repeat(43) }),
      'it is no public key of a known kind',
    ],
    ['of a kind nobody knows', { kty: 'PQ', kid: 'one' }, 'it is no public key of a known kind'],
    ['without a kid', jwkOf(ec.publicKey, { kid: undefined }), 'it has no kid'],
    ['with a number as kid', jwkOf(ec.publicKey, { kid: 1 }), 'it has no kid'],
    ['that is no object', null, 'it has no kid'],
  ])('a key %s is left out, and the others are used', (_what, jwk, reason) => {
    const other = jwkOf(ec.publicKey, { kid: 'other' })
    expect(parse(jwk, other)).toMatchObject({ keys: [{ kid: 'other' }], ignored: [{ reason }] })
  })

  it('two keys of one kid are the first of them', () => {
    expect(parse(jwkOf(ec.publicKey), jwkOf(rsa.publicKey))).toMatchObject({
      keys: [{ algorithm: 'ES256' }],
      ignored: [{ kid: 'one', reason: 'another key has its kid' }],
    })
  })

  it.each(['', 'null', '[]', '{}', '{"keys":{}}', '{"keys":', '<html>'])('what is none, %j, is a failure', (text) => {
    expect(() => parseJwks(text)).toThrow()
  })
})
