import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import jwt from 'jsonwebtoken'
import { describe, expect, inject, it, vi } from 'vitest'
import { openAndEnded, openThenEnd } from '../../../packages/ended-sessions/test/session-rows.js'
import { createGetValidate } from '../../src/routes/get-validate.js'
import { listen, signingKey, startAuthService } from '../start-auth-service.js'

const now = Math.floor(Date.now() / 1000)
const claims = { iss: 'auth-service', aud: 'api-service', sub: '1', iat: now, exp: now + 900, jti: 'a' }
const goodToken = jwt.sign(claims, signingKey)

type Asked = { method?: string; headers?: Record<string, string | string[]>; body?: string | undefined }

/** One request over a real connection: the answer's status, headers, and bytes of body. */
function ask(port: number, { method = 'GET', headers = {}, body }: Asked) {
  // Node sends the body of a GET without its length, which no server could read.
  if (body !== undefined) headers = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
  return new Promise<{ status: number; headers: Record<string, unknown>; bytes: number }>((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port, path: '/validate', method, headers, agent: false }, (res) => {
      let bytes = 0
      res.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, bytes }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

it('answers 200, empty, with a Content-Length, for a good token', async () => {
  const port = await listen((await startAuthService()).listener)
  const { status, headers, bytes } = await ask(port, { headers: { authorization: `Bearer ${goodToken}` } })
  expect({ status, bytes }).toEqual({ status: 200, bytes: 0 })
  expect(headers['content-length']).toBe('0')
})

describe('answers 401 with the RFC 6750 challenge', () => {
  it.each([
    ['for no token', undefined, 'missing-token', 'Bearer realm="api"'],
    [
      'for a bad one',
      'Bearer nonsense',
      'invalid-token',
      expect.stringMatching(/^Bearer realm="api", error="invalid_token"/),
    ],
    [
      'for an expired one',
      `Bearer ${jwt.sign({ ...claims, exp: now - 1 }, signingKey)}`,
      'invalid-token',
      expect.stringContaining('expired'),
    ],
    ['for another key', `Bearer ${jwt.sign(claims, 'x'.repeat(32))}`, 'invalid-token', expect.anything()],
    ['for another scheme', 'Basic YWxpY2U6cA==', 'missing-token', 'Bearer realm="api"'],
  ])('%s', async (_what, authorization, code, challenge) => {
    const port = await listen((await startAuthService()).listener)
    const answer = await ask(port, authorization === undefined ? {} : { headers: { authorization } })
    expect(answer.status).toBe(401)
    expect(answer.headers).toMatchObject({
      'www-authenticate': challenge,
      'x-validate-error': code,
      'content-length': '0',
    })
  })
})

it('judges each token of a burst by itself', async () => {
  const port = await listen((await startAuthService()).listener)
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      ask(port, { headers: { authorization: index % 3 === 0 ? `Bearer ${goodToken}` : `Bearer bad-${index}` } }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map((_, index) => (index % 3 === 0 ? 200 : 401)))
})

it('answers 403 and says so in a header when the worker cannot say', async () => {
  const lines: string[] = []
  const validated = vi.fn()
  const log = { error: (fields: object) => lines.push(JSON.stringify(fields)), debug: () => {} }
  const getValidate = createGetValidate({
    judgeToken: () => Promise.reject(new Error('worker died')),
    endedSessions: { stateOf: () => 'open' },
    log: log as never,
    metrics: { validated },
  })
  const port = await listen(getValidate)
  const answer = await ask(port, { headers: { authorization: `Bearer ${goodToken}` } })
  expect(answer.status).toBe(403)
  expect(answer.headers).toMatchObject({ 'x-validate-error': 'unavailable', 'content-length': '0' })
  expect(lines).toHaveLength(1)
  expect(validated).toHaveBeenCalledExactlyOnceWith('unavailable', expect.any(Number))
})

describe('of a token whose session', () => {
  const tokenOf = (sid: string) => ({ authorization: `Bearer ${jwt.sign({ ...claims, sid }, signingKey)}` })

  it('has ended it says 401, and of one whose session has not 200', async () => {
    const { listener, endedSessions, metric } = await startAuthService()
    const [open, ended] = await openAndEnded(inject('databaseUrls').owner)
    await vi.waitFor(() => expect(endedSessions.stateOf(ended)).toBe('ended'))
    const port = await listen(listener)
    expect((await ask(port, { headers: tokenOf(open) })).status).toBe(200)
    const answer = await ask(port, { headers: tokenOf(ended) })
    expect(answer.status).toBe(401)
    expect(answer.headers).toMatchObject({
      'x-validate-error': 'invalid-token',
      'www-authenticate': expect.stringMatching(/^Bearer realm="api", error="invalid_token"/),
    })
    expect(await metric('auth_validations_total{result="session-ended"}')).toBe(1)
  })

  it('ends between two requests it says 200 and then 401, though the token was verified before', async () => {
    const { listener, endedSessions } = await startAuthService()
    const port = await listen(listener)
    await endedSessions.firstRead
    const [session, end] = await openThenEnd(inject('databaseUrls').owner)
    const asked = () => ask(port, { headers: tokenOf(session) })
    expect((await asked()).status).toBe(200)
    await end()
    await vi.waitFor(async () => expect((await asked()).status).toBe(401))
  })

  it('cannot be told of, before the ended ones were read, it says 403, with no line in the log for each request', async () => {
    const { listener, lines, metric } = await startAuthService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
    const port = await listen(listener)
    const answer = await ask(port, { headers: tokenOf('some-session') })
    expect(answer.status).toBe(403)
    expect(answer.headers).toMatchObject({ 'x-validate-error': 'unavailable', 'content-length': '0' })
    expect(lines).toEqual([])
    expect(await metric('auth_validations_total{result="unavailable"}')).toBe(1)
    // One that belongs to no session cannot be ended, and a bad one is bad whatever became of its session.
    expect((await ask(port, { headers: { authorization: `Bearer ${goodToken}` } })).status).toBe(200)
    expect((await ask(port, { headers: { authorization: `${tokenOf('a').authorization}x` } })).status).toBe(401)
  })
})

it('answers 200, 401 or 403 and nothing else, with no body, whatever it is sent', async () => {
  const port = await listen((await startAuthService()).listener)
  const headerText = fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 200,
  })
  const authorization = fc.oneof(
    headerText,
    headerText.map((text) => `Bearer ${text}`),
    fc.base64String().map((text) => `bearer ${text}`),
    fc
      .tuple(fc.nat(goodToken.length - 1), headerText)
      .map(([at, text]) => `Bearer ${goodToken.slice(0, at)}${text.trim()}`),
    fc.constant(`Bearer ${goodToken}`),
    fc.constant([`Bearer ${goodToken}`, 'Bearer other']),
    fc.integer({ min: 1, max: 12_000 }).map((length) => `Bearer ${'a'.repeat(length)}`),
  )
  const asked = fc.record(
    {
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE'),
      headers: fc.record(
        {
          authorization,
          'if-none-match': fc.constant('*'),
          range: fc.constant('bytes=0-1'),
          expect: fc.constant('100-continue'),
          'content-type': fc.constant('application/json'),
          'x-request-id': headerText,
        },
        { requiredKeys: [] },
      ),
      body: fc.option(fc.string(), { nil: undefined }),
    },
    { requiredKeys: ['method', 'headers'] },
  )
  await fc.assert(
    fc.asyncProperty(asked, async (request) => {
      const { status, bytes } = await ask(port, request as Asked)
      expect([200, 401, 403]).toContain(status)
      expect(bytes).toBe(0)
    }),
    { numRuns: 400 },
  )
})
