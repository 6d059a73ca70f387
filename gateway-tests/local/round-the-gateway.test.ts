import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { bearer, send, valuesOf } from '../client/send.js'
import { goodClaims, signToken } from '../client/sign-token.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

const none = { alg: 'none', typ: 'JWT' }
const past = () => Math.floor(Date.now() / 1000) - 1

const bad: [what: string, token: (key: string) => string][] = [
  ['alg none, unsigned', () => signToken(goodClaims(), '', none).replace(/[^.]+$/, '')],
  ['alg none, signed', (key) => signToken(goodClaims(), key, none)],
  ['alg HS512 over an HS256 signature', (key) => signToken(goodClaims(), key, { alg: 'HS512', typ: 'JWT' })],
  ['alg RS256', (key) => signToken(goodClaims(), key, { alg: 'RS256', typ: 'JWT' })],
  ['no alg', (key) => signToken(goodClaims(), key, { typ: 'JWT' })],
  ['a critical extension', (key) => signToken(goodClaims(), key, { alg: 'HS256', crit: ['x'], x: 1 })],
  ['another key', () => signToken(goodClaims(), randomBytes(32).toString('hex'))],
  ['an empty key', () => signToken(goodClaims(), '')],
  ['a wrong issuer', (key) => signToken(goodClaims({ iss: 'somebody' }), key)],
  ['no issuer', (key) => signToken(goodClaims({ iss: undefined }), key)],
  ['a wrong audience', (key) => signToken(goodClaims({ aud: 'other-service' }), key)],
  ['no audience', (key) => signToken(goodClaims({ aud: undefined }), key)],
  ['expired', (key) => signToken(goodClaims({ exp: past() }), key)],
  ['expired in this very second', (key) => signToken(goodClaims({ exp: past() + 1 }), key)],
  ['no expiry', (key) => signToken(goodClaims({ exp: undefined }), key)],
  ['not yet valid', (key) => signToken(goodClaims({ nbf: past() + 600 }), key)],
  ['no subject', (key) => signToken(goodClaims({ sub: undefined }), key)],
  ['an empty subject', (key) => signToken(goodClaims({ sub: '' }), key)],
  ['a subject that is a number', (key) => signToken(goodClaims({ sub: 1 }), key)],
]

describe.runIf(inject('isLocal'))('row 25: going round the gateway gains nothing', () => {
  let stack: OwnStack
  beforeAll(async () => {
    stack = await startOwnStack()
  })
  afterAll(() => stack?.stop())

  test('a good token is good at both doors', async () => {
    const headers = [bearer(signToken(goodClaims(), stack.signingKey))]
    for (const door of [stack.api.url, stack.url]) expect((await send(door, profilePath, { headers })).status).toBe(200)
  })

  test('the API alone refuses who has no token, whatever the headers say', async () => {
    const answer = await send(stack.api.url, profilePath, { headers: [['X-User-Id', '1']] })
    expect(answer.status).toBe(401)
    expect(valuesOf(answer, 'WWW-Authenticate')).toEqual(['Bearer realm="api"'])
  })

  test.each(bad)('the API alone refuses %s, as the gateway does', async (what, token) => {
    const headers = [bearer(token(stack.signingKey))]
    for (const door of [stack.api.url, stack.url]) {
      const answer = await send(door, profilePath, { headers })
      expect(answer.status, door).toBe(401)
      // Row 22: once, and in the same words.
      expect(valuesOf(answer, 'WWW-Authenticate'), door).toEqual([
        `Bearer realm="api", error="invalid_token", error_description="The access token ${
          what.startsWith('expired') ? 'expired' : 'is not valid'
        }"`,
      ])
      expect(JSON.parse(answer.body)).toMatchObject({ status: 401, code: 'invalid-token' })
    }
  })
})
