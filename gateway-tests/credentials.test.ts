import { describe, expect, inject, test } from 'vitest'
import { expectApiSawNothing } from './checks/api-log.js'
import { profilePath } from './checks/gateway.js'
import { expectNothingPasses, refusesWhoHasNoToken } from './checks/nothing-passes.js'
import { unsignedToken } from './client/credentials.js'
import { tokenOf } from './client/log-in.js'
import { bearer, type Header, send, valuesOf } from './client/send.js'
import { sendBytes } from './client/send-bytes.js'

const gateway = inject('gateway')

test('row 2: without a token nothing protected is answered, and the API is not asked', () =>
  refusesWhoHasNoToken(gateway))

describe('row 9: nobody is exempt', () => {
  test.each(['kube-probe/1.31', 'ELB-HealthChecker/2.0', 'GoogleHC/1.0', 'Prometheus/2.53.0', 'curl/8.0', ''])(
    'not for calling itself "%s"',
    (agent) => expectNothingPasses(gateway, [{ path: profilePath, headers: [['User-Agent', agent]] }], [401]),
  )

  test.each(['OPTIONS', 'HEAD', 'PROPFIND', 'PURGE', 'MKCOL', 'SEARCH'])('not for asking with %s', (method) =>
    expectNothingPasses(gateway, [{ method, path: profilePath }], [401]),
  )

  // The last two nginx refuses by itself, before it looks for a location.
  test.each([
    ['FOO', [401]],
    ['TRACE', [405]],
    ['CONNECT', [400, 405]],
  ])('not for asking with %s', async (method, statuses) => {
    const request = `${method} ${profilePath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    const answer = await sendBytes(gateway.url, request)
    await expectApiSawNothing(gateway, [answer])
    expect(statuses).toContain(answer.status)
  })

  test('not for asking first, either: the gateway answers no CORS preflight', async () => {
    const headers: Header[] = [
      ['Origin', 'https://app.example'],
      ['Access-Control-Request-Method', 'GET'],
      ['Access-Control-Request-Headers', 'authorization'],
    ]
    await expectNothingPasses(gateway, [{ method: 'OPTIONS', path: profilePath, headers }], [401])
    const answer = await send(gateway.url, profilePath, { method: 'OPTIONS', headers })
    expect(valuesOf(answer, 'Access-Control-Allow-Origin')).toEqual([])
  })

  test.each(['X-Original-Method', 'X-HTTP-Method-Override', 'X-Original-URL', 'X-Rewrite-URL', 'X-Original-URI'])(
    'not by way of %s',
    (name) => {
      const attempts = ['/login', '/healthz', 'OPTIONS'].map((value) => ({
        path: profilePath,
        headers: [[name, value]] satisfies Header[],
      }))
      return expectNothingPasses(gateway, attempts, [401])
    },
  )
})

describe('row 10: a malformed credential is refused, neither believed nor an error of ours', () => {
  // Bytes, because no HTTP client would send some of them.
  const malformed: [what: string, value: (token: string) => string][] = [
    ['empty', () => ''],
    ['a scheme alone', () => 'Bearer'],
    ['a scheme and a space', () => 'Bearer '],
    ['a token without a scheme', (token) => token],
    ['another scheme', (token) => `Basic ${token}`],
    ['a name and a password', () => `Basic ${Buffer.from('alice:password123').toString('base64')}`],
    ['Bearer twice', (token) => `Bearer Bearer ${token}`],
    ['two tokens', (token) => `Bearer ${token} ${token}`],
    ['two tokens with a comma', (token) => `Bearer ${token}, Bearer ${token}`],
    ['a tab for the space', (token) => `Bearer\t${token}`],
    ['a tab after the space', (token) => `Bearer \t${token}`],
    ['quotes', (token) => `Bearer "${token}"`],
    ['a colon', (token) => `Bearer: ${token}`],
    ['no dots', () => 'Bearer aaaaaaaaaa'],
    ['one dot', (token) => `Bearer ${token.split('.').slice(0, 2).join('.')}`],
    ['an empty signature', (token) => `Bearer ${token.split('.').slice(0, 2).join('.')}.`],
    ['three dots', (token) => `Bearer ${token}.x`],
    ['four dots', (token) => `Bearer ${token}.x.y`],
    ['dots only', () => 'Bearer ..'],
    ['bad base64', (token) => `Bearer ${token.replace(/^.{4}/, '!$%&')}`],
    ['padding', (token) => `Bearer ${token}==`],
    ['base64 of no JSON', () => 'Bearer YWJj.YWJj.YWJj'],
    ['a NUL inside', () => 'Bearer a\0b'],
    ['a NUL at the end', (token) => `Bearer ${token}\0`],
    ['bytes outside of ASCII', () => 'Bearer \xe4\xf6\xfc.\xff\xfe.\x80'],
    ['UTF-8', (token) => `Bearer ${token}${Buffer.from('ü€🔑').toString('latin1')}`],
    ['control characters', () => 'Bearer \x01\x02.\x7f.\x1b'],
    ['a carriage return', (token) => `Bearer ${token}\rX: y`],
    ['8 KB', () => `Bearer ${'a'.repeat(8 * 1024)}`],
    ['8 KB with dots', () => `Bearer ${'a'.repeat(4000)}.${'b'.repeat(4000)}.${'c'.repeat(100)}`],
    ['64 KB', () => `Bearer ${'a'.repeat(64 * 1024)}`],
    ['7 KB of dots', () => `Bearer ${'.'.repeat(7 * 1024)}`],
    ['folded onto a second line', (token) => `Bearer\r\n ${token}`],
    ['an unsigned token', () => `Bearer ${unsignedToken}`],
    ['alg none', (token) => `Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.${token.split('.')[1]}.`],
    ['a lower-case scheme and no token', () => 'bearer'],
  ]

  test.each(malformed)('%s', async (_what, value) => {
    const token = await tokenOf('alice', gateway.url)
    const answer = await sendBytes(
      gateway.url,
      `GET ${profilePath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${value(token)}\r\n\r\n`,
    )
    await expectApiSawNothing(gateway, [answer])
    expect([400, 401, 431]).toContain(answer.status)
  })

  test.each(['bearer', 'BEARER', 'bEaReR', 'Bearer ', 'Bearer    '])(
    'but "%s" is the scheme in any case',
    async (scheme) => {
      const headers: Header[] = [['Authorization', `${scheme} ${await tokenOf('alice', gateway.url)}`]]
      expect((await send(gateway.url, profilePath, { headers })).status).toBe(200)
    },
  )

  test.each(['authorization', 'AUTHORIZATION'])('and "%s" the header', async (name) => {
    const headers: Header[] = [[name, `Bearer ${await tokenOf('alice', gateway.url)}`]]
    expect((await send(gateway.url, profilePath, { headers })).status).toBe(200)
  })

  test.each(['Authorization ', ' Authorization', 'Author ization', 'Proxy-Authorization', 'X-Authorization', 'Cookie'])(
    'while "%s" is not',
    async (name) => {
      const token = await tokenOf('alice', gateway.url)
      const request = `GET ${profilePath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${name}: Bearer ${token}\r\n\r\n`
      const answer = await sendBytes(gateway.url, request)
      await expectApiSawNothing(gateway, [answer])
      expect([400, 401]).toContain(answer.status)
    },
  )
})

describe('row 20: two Authorization headers are no credential', () => {
  test.each(['good and bad', 'bad and good', 'good and good', 'good and empty', 'empty and good'])(
    '%s: 400',
    async (order) => {
      const values: Record<string, string> = {
        good: `Bearer ${await tokenOf('alice', gateway.url)}`,
        bad: `Bearer ${unsignedToken}`,
        empty: '',
      }
      const headers = order.split(' and ').map((which): Header => ['Authorization', values[which] ?? ''])
      await expectNothingPasses(gateway, [{ path: profilePath, headers }], [400])
    },
  )
})

describe('row 22: WWW-Authenticate is on a 401, once', () => {
  test('and names no error when nothing was sent', async () => {
    const answer = await send(gateway.url, profilePath)
    expect(answer.status).toBe(401)
    expect(valuesOf(answer, 'WWW-Authenticate')).toEqual(['Bearer realm="api"'])
    expect(JSON.parse(answer.body).code).toBe('missing-token')
  })

  test.each(['a.b.c', unsignedToken, 'x'])('and names invalid_token when one was: %s', async (token) => {
    const answer = await send(gateway.url, profilePath, { headers: [bearer(token)] })
    expect(answer.status).toBe(401)
    expect(valuesOf(answer, 'WWW-Authenticate')).toEqual([
      'Bearer realm="api", error="invalid_token", error_description="The access token is not valid"',
    ])
    expect(JSON.parse(answer.body).code).toBe('invalid-token')
  })

  test('and on nothing else', async () => {
    const good = await send(gateway.url, profilePath, { headers: [bearer(await tokenOf('alice', gateway.url))] })
    expect(valuesOf(good, 'WWW-Authenticate')).toEqual([])
    expect(valuesOf(await send(gateway.url, '/nothing'), 'WWW-Authenticate')).toEqual([])
  })
})
