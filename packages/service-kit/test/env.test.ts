import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { databaseUrl, EnvError, hmacKey, parsedBy, port, readEnv } from '../src/env.js'

const secret = 'key-of-at-least-thirty-two-bytes!'
const shape = { PORT: port().default(8080), JWT_SECRET: hmacKey(), DATABASE_URL: databaseUrl() }
const good = { JWT_SECRET: secret, DATABASE_URL: 'postgres://user:hunter2@host/name' }

const fileWith = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'env-')), 'secret')
  writeFileSync(file, text)
  return file
}

const mistakesOf = (env: Record<string, string>) => {
  try {
    readEnv(shape, env)
  } catch (error) {
    if (error instanceof EnvError) return error.mistakes
    throw error
  }
  return []
}

it('reads values, and defaults for what is absent or empty', () => {
  expect(readEnv(shape, { ...good, PORT: '' })).toMatchObject({ PORT: 8080, DATABASE_URL: good.DATABASE_URL })
  expect(readEnv(shape, { ...good, PORT: '0' }).PORT).toBe(0)
})

it('reads X from the file that X_FILE names, without its last newline', () => {
  const { JWT_SECRET: _, ...rest } = good
  const read = readEnv(shape, { ...rest, JWT_SECRET_FILE: fileWith(`${secret}\n`) })
  expect(Buffer.from(read.JWT_SECRET).toString()).toBe(secret)
})

it('reports all mistakes together, and no value', () => {
  const mistakes = mistakesOf({
    PORT: '99999',
    JWT_SECRET: 'hunter2-is-short',
    DATABASE_URL: 'mysql://root:hunter2@h/d',
  })
  expect(mistakes).toEqual([
    'PORT: must be at most 65535',
    'JWT_SECRET: must be at least 32 bytes',
    'DATABASE_URL: must be a postgres:// URL',
  ])
})

it.each([
  ['a missing one', { DATABASE_URL: good.DATABASE_URL }, 'JWT_SECRET: is required (or JWT_SECRET_FILE)'],
  [
    'both forms of one',
    { ...good, JWT_SECRET_FILE: '/x' },
    'JWT_SECRET: is given twice, as JWT_SECRET and JWT_SECRET_FILE',
  ],
  ['a number that is none', { ...good, PORT: 'http' }, 'PORT: must be a whole number from 0 to 65535'],
  ['a fraction', { ...good, PORT: '80.5' }, 'PORT: must be a whole number from 0 to 65535'],
  ['a number in hexadecimal', { ...good, PORT: '0x50' }, 'PORT: must be a whole number from 0 to 65535'],
])('refuses %s', (_what, env, mistake) => {
  expect(mistakesOf(env)).toEqual([mistake])
})

it('refuses a file that cannot be read, naming the variable and not the content', () => {
  const { JWT_SECRET: _, ...rest } = good
  expect(mistakesOf({ ...rest, JWT_SECRET_FILE: '/nowhere/secret' })).toEqual([
    'JWT_SECRET: the file that JWT_SECRET_FILE names cannot be read (ENOENT)',
  ])
})

it('takes an empty file for an absent variable', () => {
  const { JWT_SECRET: _, ...rest } = good
  expect(mistakesOf({ ...rest, JWT_SECRET_FILE: fileWith('\n') })).toEqual([
    'JWT_SECRET: is required (or JWT_SECRET_FILE)',
  ])
})

it('has what a parser makes of a value, or the message of its mistake', () => {
  const even = parsedBy((text) => {
    if (Number(text) % 2) throw new Error('must be even')
    return Number(text)
  })
  expect(readEnv({ A: even }, { A: '4' })).toEqual({ A: 4 })
  expect(() => readEnv({ A: even }, { A: '3' })).toThrow('A: must be even')
})

it('wants one of several where one is enough', () => {
  const keys = { A: hmacKey().optional(), B: hmacKey().optional(), PORT: port().default(1) }
  const read = (env: Record<string, string>) => () => readEnv(keys, env, ['A', 'B'])
  expect(read({ A: secret })).not.toThrow()
  expect(read({ B: secret })).not.toThrow()
  expect(read({ A: secret, B: secret })).not.toThrow()
  expect(read({ PORT: 'x' })).toThrow(
    'PORT: must be a whole number from 0 to 65535\nA: is required (or A_FILE), unless B is given',
  )
  expect(read({ A_FILE: '/nowhere' })).toThrow(/^A: the file that A_FILE names cannot be read \(ENOENT\)$/)
})

it.each([
  'your-256-bit-secret-your-256-bit-secret',
  'a-string-secret-at-least-256-bits-long',
  'change_me_change_me_change_me_change_me',
  'PASSWORDpasswordPASSWORDpassword',
  '0123456789abcdef0123456789abcdef',
  'abababababababababababababababababab',
])('refuses a key that tutorials have, or that is too regular, and does not repeat it: %s', (sample) => {
  expect(mistakesOf({ ...good, JWT_SECRET: sample })).toEqual([
    'JWT_SECRET: is a sample, or too regular; make a random one: openssl rand -hex 32',
  ])
})

it('takes what is random, in hexadecimal and in base64', () => {
  for (let count = 0; count < 1000; count++) {
    for (const encoding of ['hex', 'base64'] as const) {
      expect(mistakesOf({ ...good, JWT_SECRET: randomBytes(32).toString(encoding) })).toEqual([])
    }
  }
})
