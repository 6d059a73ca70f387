import { generateKeyPairSync } from 'node:crypto'
import { describeKeys } from '@auth-stack/signing-keys'
import { describe, expect, it } from 'vitest'
import { keysOf, readConfig, readKeys } from '../src/config.js'

const good = {
  DATABASE_URL: 'postgres://a:b@db/auth',
  JWT_SECRET: 'key-of-at-least-thirty-two-bytes!',
  REFRESH_TOKEN_SECRET: 'refresh-of-at-least-thirty-two-bytes',
}

it('has as many hash workers as the CPU quota pays for, and at least one', () => {
  expect(readConfig(good, 0.5).HASH_WORKERS).toBe(1)
  expect(readConfig(good, 2).HASH_WORKERS).toBe(2)
  expect(readConfig({ ...good, HASH_WORKERS: '3' }, 2).HASH_WORKERS).toBe(3)
})

it.each([
  ['an engine there is not', { CRYPTO_ENGINE: 'go' }, 'CRYPTO_ENGINE: must be one of cpp, rust'],
  [
    'a bcrypt cost below 4, which one engine would raise and the other refuse',
    { BCRYPT_COST: '3' },
    'BCRYPT_COST: must be at least 4',
  ],
  ['a bcrypt cost above 31', { BCRYPT_COST: '32' }, 'BCRYPT_COST: must be at most 31'],
  ['a key of 31 bytes', { JWT_SECRET: 'k'.repeat(31) }, 'JWT_SECRET: must be at least 32 bytes'],
  [
    'a key of refresh tokens of 31 bytes',
    { REFRESH_TOKEN_SECRET: 'r'.repeat(31) },
    'REFRESH_TOKEN_SECRET: must be at least 32 bytes',
  ],
  ['none of refresh tokens', { REFRESH_TOKEN_SECRET: '' }, 'REFRESH_TOKEN_SECRET: is required'],
])('refuses %s', (_what, changes, mistake) => {
  expect(() => readConfig({ ...good, ...changes }, 2)).toThrow(mistake)
})

describe('keys', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const secret = 'key-of-at-least-thirty-two-bytes!'
  const other = 'other-of-at-least-thirty-two-bytes'

  it.each([
    ['a secret alone', { JWT_SECRET: secret }, 'HS256', ['HS256']],
    [
      'a secret and others',
      { JWT_SECRET: secret, JWT_SECRETS_ACCEPTED: `${other}\n${secret}` },
      'HS256',
      ['HS256', 'HS256'],
    ],
    ['a private key alone', { JWT_PRIVATE_KEY: privatePem }, 'ES256', ['ES256']],
    ['a private key beside a secret', { JWT_SECRET: secret, JWT_PRIVATE_KEY: privatePem }, 'ES256', ['HS256', 'ES256']],
    [
      'a private key beside a secret of before',
      { JWT_SECRETS_ACCEPTED: other, JWT_PRIVATE_KEY: privatePem },
      'ES256',
      ['HS256', 'ES256'],
    ],
    [
      'a secret beside a public key to come',
      { JWT_SECRET: secret, JWT_PUBLIC_KEYS_ACCEPTED: publicPem },
      'HS256',
      ['HS256', 'ES256'],
    ],
  ])('%s', (_what, env, signing, accepted) => {
    const keys = readKeys(env)
    expect(keys.signing.algorithm).toBe(signing)
    expect(describeKeys(keys.accepted).map((name) => name.split(' ')[0])).toEqual(accepted)
    expect(keysOf(readConfig({ ...good, JWT_SECRET: undefined, ...env }, 2))).toEqual(keys)
  })

  it('are required, and all mistakes are told at once, without a value', () => {
    const env = { JWT_SECRETS_ACCEPTED: 'hunter2', JWT_PUBLIC_KEYS_ACCEPTED: privatePem }
    expect(() => readKeys(env)).toThrow(
      [
        'JWT_SECRETS_ACCEPTED: each must be at least 32 bytes, and number 1 is not',
        'JWT_PUBLIC_KEYS_ACCEPTED: must hold public keys only, and there is a private one',
        'JWT_SECRET: is required (or JWT_SECRET_FILE), unless JWT_PRIVATE_KEY is given',
      ].join('\n'),
    )
  })
})
