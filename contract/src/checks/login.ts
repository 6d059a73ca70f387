import type { Check } from '../check.js'
import { describeAnswer, jsonObject, mediaType } from '../describe-answer.js'

/** What the right password is answered with. */
export const loginChecks: Check[] = [
  {
    name: 'the right password',
    expected: '200',
    run: async (target) => describeAnswer(await target.successfulLogin()),
  },
  {
    name: 'its Content-Type',
    expected: 'application/json',
    run: async (target) => mediaType((await target.successfulLogin()).headers['content-type']) ?? 'none',
  },
  {
    name: 'its Cache-Control',
    expected: 'no-store',
    run: async (target) => (await target.successfulLogin()).headers['cache-control'] ?? 'none',
  },
  {
    name: 'its tokenType',
    expected: 'Bearer',
    run: async (target) => String(jsonObject(await target.successfulLogin())?.tokenType),
  },
  {
    name: 'its expiresIn',
    expected: 'a whole number of seconds',
    async run(target) {
      const expiresIn = jsonObject(await target.successfulLogin())?.expiresIn
      return Number.isInteger(expiresIn) && Number(expiresIn) > 0
        ? 'a whole number of seconds'
        : String(JSON.stringify(expiresIn))
    },
  },
  {
    name: 'its refreshToken',
    expected: '43 letters of base64url',
    async run(target) {
      const refreshToken = jsonObject(await target.successfulLogin())?.refreshToken
      if (typeof refreshToken !== 'string') return typeof refreshToken
      // It is shown to nobody.
      return /^[\w-]{43}$/.test(refreshToken) ? '43 letters of base64url' : `${refreshToken.length} letters`
    },
  },
  {
    name: 'its refreshExpiresIn',
    expected: 'seconds, no fewer than expiresIn',
    async run(target) {
      const { expiresIn, refreshExpiresIn } = jsonObject(await target.successfulLogin()) ?? {}
      return Number.isInteger(refreshExpiresIn) && Number(refreshExpiresIn) >= Number(expiresIn)
        ? 'seconds, no fewer than expiresIn'
        : `${JSON.stringify(refreshExpiresIn)}, after expiresIn ${JSON.stringify(expiresIn)}`
    },
  },
  {
    name: 'a member nobody knows is ignored',
    expected: '200',
    run: async (target) =>
      describeAnswer(await target.logIn({ username: target.username, password: target.password, color: 'blue' })),
  },
  {
    name: 'Content-Type: application/json; charset=utf-8',
    expected: '200',
    run: async (target) =>
      describeAnswer(
        await target.logIn(
          { username: target.username, password: target.password },
          { headers: { 'Content-Type': 'application/json; charset=utf-8' } },
        ),
      ),
  },
]
