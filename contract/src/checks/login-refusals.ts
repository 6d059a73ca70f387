import { randomUUID } from 'node:crypto'
import type { Check } from '../check.js'
import { describeAnswer } from '../describe-answer.js'
import type { Target } from '../target.js'

type Credentials = { username: unknown; password: unknown }

/** A login changed from the right one. */
type Body = (right: Credentials) => unknown

const badCredentials: [string, Body][] = [
  ['a wrong password', (right) => ({ ...right, password: 'not-the-password' })],
  ['a password of 72 bytes', (right) => ({ ...right, password: 'p'.repeat(72) })],
  ['an unknown name', (right) => ({ ...right, username: `nobody-${randomUUID()}` })],
  ['the name in capitals', ({ username, password }) => ({ username: String(username).toUpperCase(), password })],
  ['the name with a space after it', ({ username, password }) => ({ username: `${username} `, password })],
  ['64 letters of name', (right) => ({ ...right, username: 'ü'.repeat(64) })],
  ['SQL as a name', (right) => ({ ...right, username: "' or 1=1 --" })],
]

const invalidRequests: [string, Body][] = [
  ['no body', () => ''],
  ['half of a JSON object', (right) => JSON.stringify(right).slice(0, -1)],
  ['two JSON objects', (right) => `${JSON.stringify(right)}{}`],
  ['JSON with single quotes', (right) => JSON.stringify(right).replaceAll('"', "'")],
  ['null', () => 'null'],
  ['an array', (right) => [right]],
  ['an empty object', () => ({})],
  ['no username', ({ password }) => ({ password })],
  ['no password', ({ username }) => ({ username })],
  ['an empty username', (right) => ({ ...right, username: '' })],
  ['an empty password', (right) => ({ ...right, password: '' })],
  ['an object as username', (right) => ({ ...right, username: { $ne: '' } })],
  ['a number as password', (right) => ({ ...right, password: 1 })],
  ['null as password', (right) => ({ ...right, password: null })],
  ['a NUL in the username', ({ username, password }) => ({ username: `${username}\0`, password })],
  ['a NUL in the password', ({ username, password }) => ({ username, password: `${password}\0` })],
  ['65 letters of username', (right) => ({ ...right, username: 'u'.repeat(65) })],
  ['73 bytes of password', (right) => ({ ...right, password: 'p'.repeat(73) })],
  ['19 characters of password that are 76 bytes', (right) => ({ ...right, password: '🔑'.repeat(19) })],
]

const unsupportedTypes: [string, Record<string, string>][] = [
  ['text/plain', { 'Content-Type': 'text/plain' }],
  ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['a compressed body', { 'Content-Encoding': 'gzip' }],
]

const rightLogin = ({ username, password }: Target) => ({ username, password })

const refused = (expected: string, [name, body]: [string, Body]): Check => ({
  name,
  expected,
  run: async (target) => describeAnswer(await target.logIn(body(rightLogin(target)))),
})

/** What no login is, and how it is told. */
export const loginRefusalChecks: Check[] = [
  ...badCredentials.map((row) => refused('401 bad-credentials', row)),
  {
    name: 'Cache-Control of a refusal',
    expected: 'no-store',
    run: async (target) =>
      (await target.logIn({ ...rightLogin(target), password: 'not-the-password' })).headers['cache-control'] ?? 'none',
  },
  ...invalidRequests.map((row) => refused('400 invalid-request', row)),
  refused('413 content-too-large', ['5,000 bytes', (right) => ({ ...right, password: 'p'.repeat(5000) })]),
  ...unsupportedTypes.map(
    ([name, headers]): Check => ({
      name,
      expected: '415 unsupported-media-type',
      run: async (target) => describeAnswer(await target.logIn(rightLogin(target), { headers })),
    }),
  ),
  {
    name: 'no Content-Type',
    expected: '415 unsupported-media-type',
    run: async (target) =>
      describeAnswer(await target.ask({ method: 'POST', path: '/login', body: JSON.stringify(rightLogin(target)) })),
  },
  ...['GET', 'PUT', 'DELETE'].map(
    (method): Check => ({
      name: `${method} /login`,
      expected: '405 method-not-allowed, Allow: POST',
      async run(target) {
        const answer = await target.ask({ method, path: '/login' })
        return `${describeAnswer(answer)}, Allow: ${answer.headers.allow ?? 'missing'}`
      },
    }),
  ),
]
