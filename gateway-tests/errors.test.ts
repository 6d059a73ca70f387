import { expect, inject, test } from 'vitest'
import { requestIdOf } from './checks/api-log.js'
import { profilePath } from './checks/gateway.js'
import { unsignedToken } from './client/credentials.js'
import { tokenOf } from './client/log-in.js'
import { bearer, send, valuesOf } from './client/send.js'
import { sendBytes } from './client/send-bytes.js'

const gateway = inject('gateway')
const host = 'Host: x\r\nConnection: close\r\n'

/** What nginx refuses by itself, and as what. */
const refused: [what: string, status: number, code: string, request: string][] = [
  ['no request at all', 400, 'bad-request', 'HELLO\r\n\r\n'],
  ['a request without a Host', 400, 'bad-request', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['two Hosts', 400, 'bad-request', `GET /healthz HTTP/1.1\r\nHost: y\r\n${host}\r\n`],
  ['a path that cannot be decoded', 400, 'bad-request', `GET /api/v1/%zz HTTP/1.1\r\n${host}\r\n`],
  ['a path above the root', 400, 'bad-request', `GET /../x HTTP/1.1\r\n${host}\r\n`],
  ['a NUL in a header', 400, 'bad-request', `GET / HTTP/1.1\r\n${host}A: \0\r\n\r\n`],
  ['a negative length', 400, 'bad-request', `POST /login HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`],
  [
    'two lengths (request smuggling)',
    400,
    'bad-request',
    `POST ${profilePath} HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc`,
  ],
  [
    'a length and chunks (request smuggling)',
    400,
    'bad-request',
    `POST ${profilePath} HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['no token', 401, 'missing-token', `GET ${profilePath} HTTP/1.1\r\n${host}\r\n`],
  ['no token, in HTTP/1.0', 401, 'missing-token', `GET ${profilePath} HTTP/1.0\r\n${host}\r\n`],
  ['a bad token', 401, 'invalid-token', `GET ${profilePath} HTTP/1.1\r\n${host}Authorization: Bearer x\r\n\r\n`],
  ['an unknown path', 404, 'not-found', `GET /nothing HTTP/1.1\r\n${host}\r\n`],
  ['an unknown path with a body', 404, 'not-found', `POST /nothing HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`],
  ['a path of ours that is internal', 404, 'not-found', `GET /_auth_validation HTTP/1.1\r\n${host}\r\n`],
  ['TRACE', 405, 'method-not-allowed', `TRACE /healthz HTTP/1.1\r\n${host}\r\n`],
  [
    'a login of 5 KB',
    413,
    'content-too-large',
    `POST /login HTTP/1.1\r\n${host}Content-Length: 5000\r\n\r\n${'x'.repeat(5000)}`,
  ],
  ['a path of 9 KB', 414, 'uri-too-long', `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${host}\r\n`],
  ['a path of 40 KB', 414, 'uri-too-long', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n${host}\r\n`],
  ['a header of 9 KB', 431, 'headers-too-large', `GET / HTTP/1.1\r\n${host}A: ${'a'.repeat(9000)}\r\n\r\n`],
  [
    'an unknown transfer coding',
    501,
    'not-implemented',
    `POST ${profilePath} HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\n`,
  ],
  ['an unknown version of HTTP', 505, 'http-version-not-supported', `GET / HTTP/3.0\r\n${host}\r\n`],
]

test.each(refused)('%s is a problem: %i %s', async (_what, status, code, request) => {
  const answer = await sendBytes(gateway.url, request, 3000)
  expect(answer.status).toBe(status)
  expect(valuesOf(answer, 'Content-Type')).toEqual(['application/problem+json'])
  expect(JSON.parse(answer.body)).toEqual({
    type: 'about:blank',
    title: expect.stringMatching(/./),
    status,
    code,
    detail: expect.stringMatching(/./),
    requestId: requestIdOf(answer),
  })
})

test('a body over 4 MB is a problem, with a token: 413', async () => {
  const headers = [bearer(await tokenOf('alice', gateway.url))]
  const answer = await send(gateway.url, profilePath, { method: 'POST', headers, body: Buffer.alloc(5_000_000) })
  expect(answer.status).toBe(413)
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'content-too-large', requestId: requestIdOf(answer) })
})

test("an error of a service passes as it is, with the gateway's request id", async () => {
  const body = JSON.stringify({ username: 'alice', password: 'wrong' })
  const headers: [string, string][] = [['Content-Type', 'application/json']]
  const answer = await send(gateway.url, '/login', { method: 'POST', headers, body })
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'bad-credentials', requestId: requestIdOf(answer) })
})

test('a request id is of our making, and on every answer once', async () => {
  const headers: [string, string][] = [['X-Request-Id', 'chosen-by-the-client']]
  const token = bearer(await tokenOf('alice', gateway.url))
  for (const answer of [
    await send(gateway.url, profilePath, { headers: [...headers, token] }),
    await send(gateway.url, profilePath, { headers: [...headers, bearer(unsignedToken)] }),
    await send(gateway.url, '/api/v1/nothing', { headers: [...headers, token] }),
    await send(gateway.url, '/healthz', { headers }),
    await send(gateway.url, '/nothing', { headers }),
  ]) {
    expect(requestIdOf(answer)).toMatch(/^[0-9a-f]{32}$/)
  }
})

test('no answer says which version of what answered', async () => {
  const token = bearer(await tokenOf('alice', gateway.url))
  for (const answer of [
    await send(gateway.url, profilePath, { headers: [token] }),
    await send(gateway.url, profilePath),
    await send(gateway.url, '/nothing'),
    await sendBytes(gateway.url, 'HELLO\r\n\r\n'),
  ]) {
    expect(valuesOf(answer, 'Server')).toEqual(['nginx'])
    expect(valuesOf(answer, 'X-Powered-By')).toEqual([])
    expect(answer.body).not.toMatch(/nginx|express/i)
  }
})
