import { setTimeout as sleep } from 'node:timers/promises'
import { upstreamAt, waitUntil } from 'local-stack'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { bearer, send, valuesOf } from '../client/send.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'
import { accept, refuse, type StandIn, startStandIn } from '../stack/stand-in.js'

/** GATEWAY_VERDICT_CACHE_SECONDS, as it comes. */
const cacheMs = 1000
// This machine may be busy.
const graceMs = 500

describe.runIf(inject('isLocal'))('what the gateway makes of what auth-service says', () => {
  let stack: OwnStack
  let auth: StandIn
  let api: StandIn
  let url: string
  let tokensMade = 0

  const newToken = () => `token-${tokensMade++}`
  const ask = (token: string) => send(url, profilePath, { headers: [bearer(token)] })

  beforeAll(async () => {
    ;[stack, auth, api] = await Promise.all([startOwnStack(), startStandIn(), startStandIn()])
    url = (await stack.startGateway([upstreamAt('api', api.port), upstreamAt('auth', auth.port)])).url
  })
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([auth?.stop(), api?.stop()])
  })
  beforeEach(() => {
    auth.forget()
    api.forget()
  })

  describe('row 15: whatever is neither yes nor no is 503, and the API is not asked', () => {
    test.each([
      ['403, unavailable', 403, { 'X-Validate-Error': 'unavailable' }],
      ['403 without a word', 403, {}],
      ['400', 400, {}],
      ['404', 404, {}],
      ['a redirect', 302, { Location: '/login' }],
      ['not modified', 304, {}],
      ['429', 429, {}],
      ['500', 500, {}],
      ['503', 503, { 'Retry-After': '60' }],
    ])('%s', async (_what, status, headers) => {
      auth.answerWith((_req, res) => void res.writeHead(status, { 'Content-Length': 0, ...headers }).end())
      await expectUnavailable()
    })

    test('a connection that is cut', async () => {
      auth.answerWith((req) => void req.socket.destroy())
      await expectUnavailable()
    })

    test('an answer that is no HTTP', async () => {
      auth.answerWith((req) => void req.socket.end('HELLO\r\n\r\n'))
      await expectUnavailable()
    })

    test('row 16: no answer at all, within 5 seconds', async () => {
      auth.answerWith(() => {})
      const startedAt = performance.now()
      await expectUnavailable()
      expect(performance.now() - startedAt).toBeLessThan(5000)
    })
  })

  test('row 18: a yes is remembered for a moment, and asked for again after it', async () => {
    const token = newToken()
    for (let request = 0; request < 20; request++) expect((await ask(token)).status).toBe(200)
    // One, if this machine is not so busy that it takes seconds.
    expect(auth.seen.length).toBeLessThan(5)
    expect(api.seen).toHaveLength(20)
    const before = auth.seen.length
    await waitUntil(
      'it is asked for again',
      async () => {
        await ask(token)
        return auth.seen.length > before
      },
      { timeoutMs: cacheMs + graceMs },
    )
  })

  test('row 18: a yes is remembered for a second at most, whenever in the second of the clock it was given', async () => {
    const tokens = new Set<string | undefined>()
    auth.answerWith((req, res) => {
      const isNew = !tokens.has(req.headers.authorization)
      tokens.add(req.headers.authorization)
      return (isNew ? accept : refuse)(req, res)
    })
    async function rememberedMs(delayMs: number) {
      const token = newToken()
      await sleep(delayMs)
      const askedAt = performance.now()
      expect((await ask(token)).status).toBe(200)
      await waitUntil('it is refused', async () => (await ask(token)).status === 401)
      return performance.now() - askedAt
    }
    const remembered = await Promise.all(Array.from({ length: 10 }, (_, tenth) => rememberedMs(tenth * 100)))
    expect(Math.max(...remembered)).toBeLessThan(cacheMs + 200)
  })

  test('row 18: nothing auth-service says makes a yes live longer', async () => {
    const lasting = [
      { 'Cache-Control': 'public, max-age=3600' },
      { Expires: 'Thu, 31 Dec 2099 23:59:59 GMT' },
      { 'X-Accel-Expires': '3600' },
    ].map((headers) => ({ headers, token: newToken() }))
    for (const { headers, token } of lasting) {
      auth.answerWith((_req, res) => void res.writeHead(200, { 'Content-Length': 0, ...headers }).end())
      expect((await ask(token)).status).toBe(200)
    }
    auth.answerWith(refuse)
    await sleep(cacheMs + graceMs)
    for (const { headers, token } of lasting) {
      expect((await ask(token)).status, JSON.stringify(headers)).toBe(401)
    }
  })

  test('row 18: a token that is revoked is refused as soon as its verdict is forgotten, and from then on', async () => {
    const token = newToken()
    expect((await ask(token)).status).toBe(200)
    auth.answerWith(refuse)
    await sleep(cacheMs + graceMs)
    api.forget()
    for (let request = 0; request < 10; request++) expect((await ask(token)).status).toBe(401)
    expect(api.seen).toEqual([])
  })

  test('row 18: each credential has a verdict of its own', async () => {
    const [good, bad] = [newToken(), newToken()]
    auth.answerWith((req, res) => (req.headers.authorization === `Bearer ${good}` ? accept : refuse)(req, res))
    for (let round = 0; round < 5; round++) {
      expect((await ask(good)).status).toBe(200)
      expect((await ask(bad)).status).toBe(401)
      expect((await send(url, profilePath)).status).toBe(401)
    }
    expect(api.seen).toHaveLength(5)
  })

  test.each([
    ['no', refuse, 401],
    ['"cannot tell"', forbid, 503],
    ['500', fail, 503],
  ])('row 19: a %s is not remembered', async (_what, answer, status) => {
    const token = newToken()
    auth.answerWith(answer)
    for (let request = 0; request < 3; request++) expect((await ask(token)).status).toBe(status)
    expect(auth.seen).toHaveLength(3)
    auth.answerWith(accept)
    expect((await ask(token)).status).toBe(200)
  })

  async function expectUnavailable() {
    const answer = await ask(newToken())
    expect(api.seen, 'requests the API got').toEqual([])
    expect(answer.status).toBe(503)
    expect(valuesOf(answer, 'Retry-After')).toEqual(['1'])
    expect(valuesOf(answer, 'Content-Type')).toEqual(['application/problem+json'])
    expect(valuesOf(answer, 'WWW-Authenticate')).toEqual([])
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 503,
      code: 'service-unavailable',
      requestId: valuesOf(answer, 'X-Request-Id')[0],
    })
  }
})

type Answerer = Parameters<StandIn['answerWith']>[0]
const forbid: Answerer = (_req, res) =>
  void res.writeHead(403, { 'Content-Length': 0, 'X-Validate-Error': 'unavailable' }).end()
const fail: Answerer = (_req, res) => void res.writeHead(500, { 'Content-Length': 0 }).end()
