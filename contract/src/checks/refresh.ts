import type { Check } from '../check.js'
import { describeAnswer, jsonObject } from '../describe-answer.js'
import { openSession, postJson, readSession, refresh } from './open-session.js'

const invalidRequests: [string, unknown][] = [
  ['a refresh without a body', ''],
  ['a refresh with null', 'null'],
  ['a refresh without a token', {}],
  ['a refresh with an empty token', { refreshToken: '' }],
  ['a refresh with a number', { refreshToken: 1 }],
]

/** What a refresh token is traded for, and what is none. */
export const refreshChecks: Check[] = [
  {
    name: 'what a refresh answers',
    expected: 'token, tokenType, expiresIn, refreshToken, refreshExpiresIn; no-store',
    async run(target) {
      const answer = await refresh(target, (await openSession(target)).refreshToken)
      readSession(answer)
      const { token, tokenType, expiresIn, refreshToken, refreshExpiresIn, ...more } = jsonObject(answer) ?? {}
      const isSeconds = (value: unknown) => Number.isInteger(value) && Number(value) > 0
      if (tokenType !== 'Bearer') return `tokenType ${JSON.stringify(tokenType)}`
      if (!isSeconds(expiresIn)) return `expiresIn ${JSON.stringify(expiresIn)}`
      if (!isSeconds(refreshExpiresIn)) return `refreshExpiresIn ${JSON.stringify(refreshExpiresIn)}`
      const known = ['token', 'tokenType', 'expiresIn', 'refreshToken', 'refreshExpiresIn']
      return `${[...known, ...Object.keys(more)].join(', ')}; ${answer.headers['cache-control'] ?? 'may be stored'}`
    },
  },
  {
    name: 'the access token of a refresh',
    expected: 'same sub, same sid, another jti',
    async run(target) {
      const before = await openSession(target)
      const after = readSession(await refresh(target, before.refreshToken))
      const compare = (name: string) => `${before.claims[name] === after.claims[name] ? 'same' : 'another'} ${name}`
      return ['sub', 'sid', 'jti'].map(compare).join(', ')
    },
  },
  {
    name: 'the access token of a refresh, at /validate',
    expected: '200',
    async run(target) {
      const { token } = readSession(await refresh(target, (await openSession(target)).refreshToken))
      return String((await target.validate(`Bearer ${token}`)).status)
    },
  },
  {
    name: 'a refresh token presented again at once',
    expected: 'the same successor',
    async run(target) {
      const { refreshToken } = await openSession(target)
      const answers = await Promise.all([1, 2, 3].map(() => refresh(target, refreshToken)))
      answers.push(await refresh(target, refreshToken))
      const successors = new Set(answers.map((answer) => readSession(answer).refreshToken))
      return successors.size === 1 ? 'the same successor' : `${successors.size} successors`
    },
  },
  {
    name: 'its successor',
    expected: '200, with another token again',
    async run(target) {
      const first = await openSession(target)
      const second = readSession(await refresh(target, first.refreshToken))
      const third = readSession(await refresh(target, second.refreshToken))
      const tokens = new Set([first, second, third].map(({ refreshToken }) => refreshToken))
      return tokens.size === 3 ? '200, with another token again' : 'the same token again'
    },
  },
  {
    name: 'a refresh token nobody knows',
    expected: '401 invalid-refresh-token, no-store, no WWW-Authenticate',
    async run(target) {
      const answer = await refresh(target, 'A'.repeat(43))
      const { 'cache-control': stored = 'may be stored', 'www-authenticate': challenge } = answer.headers
      return `${describeAnswer(answer)}, ${stored}, ${challenge ? 'a' : 'no'} WWW-Authenticate`
    },
  },
  ...invalidRequests.map(
    ([name, body]): Check => ({
      name,
      expected: '400 invalid-request',
      run: async (target) => describeAnswer(await postJson(target, '/refresh', body)),
    }),
  ),
  {
    name: 'a refresh of more than 1 KB',
    expected: '413 content-too-large',
    run: async (target) => describeAnswer(await refresh(target, 'x'.repeat(1024))),
  },
  {
    name: 'a refresh that is not JSON',
    expected: '415 unsupported-media-type',
    run: async (target) =>
      describeAnswer(await postJson(target, '/refresh', { refreshToken: 'x' }, { 'Content-Type': 'text/plain' })),
  },
  {
    name: 'GET /refresh',
    expected: '405 method-not-allowed, Allow: POST',
    async run(target) {
      const answer = await target.ask({ path: '/refresh' })
      return `${describeAnswer(answer)}, Allow: ${answer.headers.allow ?? 'missing'}`
    },
  },
]
