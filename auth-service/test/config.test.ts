import { expect, it } from 'vitest'
import { readConfig } from '../src/config.js'

const good = {
  DATABASE_URL: 'postgres://a:b@db/auth',
  JWT_SECRET: 'k'.repeat(32),
  REFRESH_TOKEN_SECRET: 'r'.repeat(32),
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
