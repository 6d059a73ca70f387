import { type Edit, upstreamAt } from 'local-stack'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { dropsIdentityHeaders } from '../checks/identity-headers.js'
import { unrememberedBearer } from '../client/credentials.js'
import { tokenOf } from '../client/log-in.js'
import { bearer, type Header, send, valuesOf } from '../client/send.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'
import { type SeenRequest, type StandIn, startStandIn } from '../stack/stand-in.js'

const spoofed: Header[] = [
  ['X-Forwarded-For', '203.0.113.7, 198.51.100.9'],
  ['X-Real-IP', '203.0.113.7'],
  ['X-Forwarded-Proto', 'gopher'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Port', '1'],
  ['X-Forwarded-Server', 'evil.example'],
  ['X-Client-IP', '203.0.113.7'],
  ['True-Client-IP', '203.0.113.7'],
  ['CF-Connecting-IP', '203.0.113.7'],
  ['X-Original-URI', '/evil'],
  ['X-Original-URL', '/evil'],
  ['X-Original-Method', 'EVIL'],
  ['X-Rewrite-URL', '/evil'],
  ['Forwarded', 'for=203.0.113.7;host=evil.example'],
  ['Via', '1.1 evil.example'],
  ['X-Request-Id', 'evil-request-id'],
  ['Transfer-Encoding-X', 'evil'],
]
const upgrade: Header[] = [
  ['Connection', 'Upgrade, HTTP2-Settings'],
  ['Upgrade', 'websocket'],
  ['HTTP2-Settings', 'AAMAAABkAAQCAAAAAAIAAAAA'],
]
const conditions: Header[] = [
  ['If-None-Match', '*'],
  ['If-Modified-Since', 'Thu, 31 Dec 2099 23:59:59 GMT'],
  ['Range', 'bytes=0-0'],
  ['Expect', '100-continue'],
  ['TE', 'trailers'],
  ['Cookie', 'a=b'],
]

describe.runIf(inject('isLocal'))('what the gateway passes on', () => {
  let stack: OwnStack
  let auth: StandIn
  let api: StandIn
  /** In front of the real auth-service. */
  let toApi: string
  /** In front of stand-ins only. */
  let toBoth: string

  beforeAll(async () => {
    ;[stack, auth, api] = await Promise.all([startOwnStack(), startStandIn(), startStandIn()])
    toApi = (await stack.startGateway([upstreamAt('api', api.port)])).url
    toBoth = (await stack.startGateway([upstreamAt('api', api.port), upstreamAt('auth', auth.port)])).url
  })
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([auth?.stop(), api?.stop()])
  })
  beforeEach(() => {
    auth.forget()
    api.forget()
  })

  test("row 7: a client's own identity headers never reach the API", () => dropsIdentityHeaders({ url: toApi }, api))

  test('rows 7, 8, 23: the API sees the named headers and no other', async () => {
    const token = await tokenOf('alice', toApi)
    const everything: Header[] = [
      ...spoofed,
      ...upgrade,
      ...conditions,
      ['Accept', 'application/json'],
      ['Accept-Language', 'en'],
      ['Accept-Encoding', 'gzip'],
      ['Origin', 'https://app.example'],
      ['User-Agent', 'a test'],
    ]
    await send(toApi, `${profilePath}?page=2`, { headers: [bearer(token), ...everything] })
    const seen = onlyRequest(api)
    expect(seen).toMatchObject({ method: 'GET', url: `${profilePath}?page=2`, body: '' })
    expect(sorted(seen.headers)).toEqual(
      sorted([
        ['Accept', 'application/json'],
        ['Accept-Encoding', 'gzip'],
        ['Accept-Language', 'en'],
        ['Authorization', `Bearer ${token}`],
        ['Host', new URL(toApi).host],
        ['Origin', 'https://app.example'],
        ['User-Agent', 'a test'],
        ['X-Forwarded-For', expect.stringMatching(/^(127\.0\.0\.1|::1)$/)],
        ['X-Forwarded-Proto', 'http'],
        ['X-Real-IP', expect.stringMatching(/^(127\.0\.0\.1|::1)$/)],
        ['X-Request-Id', expect.stringMatching(/^[0-9a-f]{32}$/)],
      ]),
    )
  })

  test('row 8: nobody gets out of a limit by address, at /login either, by naming others', async () => {
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
      const headers: Header[] = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Client-IP'].map((name) => [
        name,
        address,
      ])
      await send(toBoth, '/login', { method: 'POST', headers: [...headers, ...spoofed], body: '{}' })
    }
    expect(auth.seen).toHaveLength(3)
    for (const seen of auth.seen) {
      expect(valuesOf(seen, 'X-Real-IP')).toEqual([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)])
      expect(valuesOf(seen, 'X-Forwarded-For')).toEqual(valuesOf(seen, 'X-Real-IP'))
      expect(JSON.stringify(seen)).not.toMatch(/203\.0\.113|evil/i)
    }
  })

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'rows 11, 13, 21, 23: for %s the subrequest is a GET with the credential, the request id and nothing else',
    async (method) => {
      const body = 'a body that is none of its business'
      const headers = [
        ...spoofed,
        ...upgrade,
        ...conditions.filter(([name]) => name !== 'Expect'),
        unrememberedBearer('t'),
      ]
      const answer = await send(toBoth, `${profilePath}?page=2`, { method, headers, body })
      expect(answer.status).toBe(200)
      const seen = onlyRequest(auth)
      expect(seen).toMatchObject({ method: 'GET', url: '/validate', body: '' })
      expect(sorted(seen.headers)).toEqual([
        ['Authorization', expect.stringMatching(/^bearer +t$/i)],
        ['Host', 'auth-service'],
        ['X-Request-Id', valuesOf(answer, 'X-Request-Id')[0]],
      ])
      expect(onlyRequest(api)).toMatchObject({ method, body })
    },
  )

  test('row 21: the body in chunks stays out of it, too, and reaches the API whole', async () => {
    const body = 'x'.repeat(100_000)
    const headers: Header[] = [['Transfer-Encoding', 'chunked'], unrememberedBearer('t')]
    expect((await send(toBoth, profilePath, { method: 'POST', headers, body })).status).toBe(200)
    expect(onlyRequest(auth)).toMatchObject({ method: 'GET', body: '' })
    expect(onlyRequest(api)).toMatchObject({ method: 'POST', body })
  })

  test.each(['/login', '/refresh', '/logout'])(
    'what was sent to %s is not sent to another, it may have been done',
    async (path) => {
      auth.answerWith((req) => void req.socket.destroy())
      const another = await startStandIn()
      const both: Edit = {
        ...upstreamAt('auth', auth.port),
        put: `$1server 127.0.0.1:${auth.port}; server 127.0.0.1:${another.port} backup;\n  `,
      }
      const { url } = await stack.startGateway([both])
      const headers: Header[] = [['Content-Type', 'application/json']]
      const answer = await send(url, path, { method: 'POST', headers, body: '{}' })
      expect([answer.status, valuesOf(answer, 'Retry-After')]).toEqual([503, ['1']])
      expect([auth.seen.length, another.seen.length]).toEqual([1, 0])
      await another.stop()
    },
  )

  test('row 12: a body of 2 MB reaches the API whole', async () => {
    const body = 'x'.repeat(2 * 1024 * 1024)
    const answer = await send(toBoth, profilePath, { method: 'PUT', headers: [unrememberedBearer('t')], body })
    expect(answer.status).toBe(200)
    expect(onlyRequest(api).body.length).toBe(body.length)
  })
})

function onlyRequest({ seen }: StandIn): SeenRequest {
  expect(seen).toHaveLength(1)
  return seen[0] as SeenRequest
}

const sorted = (headers: Header[]) => headers.toSorted(([a], [b]) => a.localeCompare(b))
