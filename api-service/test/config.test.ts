import { expect, it } from 'vitest'
import { readConfig, secretsOf } from '../src/config.js'

const database = { DATABASE_URL: 'postgres://a:b@db/auth' }
const secret = 'key-of-at-least-thirty-two-bytes!'

it('takes secrets, or the address of public keys, or both', () => {
  const secretsIn = (env: Record<string, string>) => secretsOf(readConfig({ ...database, ...env })).length
  expect(secretsIn({ JWT_SECRET: secret })).toBe(1)
  expect(
    secretsIn({ JWT_SECRET: secret, JWT_SECRETS_ACCEPTED: `${'other-of-at-least-thirty-two-bytes'} ${secret}` }),
  ).toBe(2)
  expect(secretsIn({ JWKS_URL: 'https://auth.internal/.well-known/jwks.json' })).toBe(0)
  expect(secretsIn({ JWKS_URL: 'http://auth-service:8080/.well-known/jwks.json', JWT_SECRET: secret })).toBe(1)
})

it.each([
  ['no key at all', {}, 'JWT_SECRET: is required (or JWT_SECRET_FILE), unless JWKS_URL is given'],
  [
    'only keys of before',
    { JWT_SECRETS_ACCEPTED: secret },
    'JWT_SECRET: is required (or JWT_SECRET_FILE), unless JWKS_URL is given',
  ],
  ['another kind of address', { JWKS_URL: 'file:///etc/jwks.json' }, 'JWKS_URL: must be an http:// or https:// URL'],
  ['no address', { JWKS_URL: 'auth-service' }, 'JWKS_URL: must be an http:// or https:// URL'],
])('refuses %s', (_what, env, mistake) => {
  expect(() => readConfig({ ...database, ...env })).toThrow(mistake)
})
