import { randomUUID } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { requestIdOf } from './checks/api-log.js'
import { profilePath } from './checks/gateway.js'
import { openSession } from './client/log-in.js'
import { type Answer, bearer, type Header, type RequestOptions, send, valuesOf } from './client/send.js'

const gateway = inject('gateway')
const jsonType: Header = ['Content-Type', 'application/json']

const ask = (path: string, options: RequestOptions) => send(gateway.url, path, options)
const post = (path: string, body: object, headers: Header[] = []) =>
  ask(path, { method: 'POST', headers: [jsonType, ...headers], body: JSON.stringify(body) })

const json = ({ status, body }: Answer) => {
  expect(status).toBe(200)
  return JSON.parse(body)
}

describe('a session, through the gateway', () => {
  test('is opened by a login, renewed, and ended by a logout', async () => {
    const opened = await openSession('bob', gateway.url)
    const renewed = json(await post('/refresh', { refreshToken: opened.refreshToken }))
    expect((await ask(profilePath, { headers: [bearer(renewed.token)] })).status).toBe(200)
    const repeated = json(await post('/refresh', { refreshToken: opened.refreshToken }))
    expect(repeated.refreshToken).toBe(renewed.refreshToken)
    const left = await post('/logout', { refreshToken: renewed.refreshToken })
    expect([left.status, left.body]).toEqual([204, ''])
    const refused = await post('/refresh', { refreshToken: renewed.refreshToken })
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([401, 'invalid-refresh-token'])
    expect(valuesOf(refused, 'WWW-Authenticate')).toEqual([])
  })

  test('is seen and ended by its owner, who is not asked for a token at the gate but behind it', async () => {
    const [mine, other] = [await openSession('bob', gateway.url), await openSession('bob', gateway.url)]
    const headers = [bearer(mine.token)]
    const { sessions } = json(await ask('/sessions', { headers }))
    const current = sessions.find((session: { current: boolean }) => session.current)
    expect(sessions.map(({ id }: { id: string }) => id)).toContain(other.sessionId)
    expect(current.id).toBe(mine.sessionId)
    expect((await ask(`/sessions/${other.sessionId}`, { method: 'DELETE', headers })).status).toBe(204)
    expect((await post('/refresh', { refreshToken: other.refreshToken })).status).toBe(401)
    expect((await ask('/logout', { method: 'POST', headers })).status).toBe(204)
    expect((await ask('/sessions', { headers })).status).toBe(401)
  })

  test('is listed with the address of the connection, whatever the client says of it', async () => {
    const spoofed: Header[] = ['X-Real-IP', 'X-Forwarded-For', 'Forwarded'].map((name) => [name, '203.0.113.7'])
    const { refreshToken } = await openSession('bob', gateway.url)
    const { token } = json(await post('/refresh', { refreshToken }, [...spoofed, ['User-Agent', 'a test']]))
    const { sessions } = json(await ask('/sessions', { headers: [bearer(token)] }))
    const { address, userAgent } = sessions.find((session: { current: boolean }) => session.current)
    expect(address).not.toContain('203.0.113')
    expect(userAgent).toBe('a test')
  })
})

test.each(['/refresh', '/logout', '/sessions', `/sessions/${randomUUID()}`])(
  'nothing from %s may be stored',
  async (path) => {
    const { token, refreshToken } = await openSession('bob', gateway.url)
    const answers = path.startsWith('/sessions')
      ? [await ask(path, { headers: [bearer(token)] }), await ask(path, { method: 'DELETE', headers: [bearer(token)] })]
      : [await post(path, { refreshToken }), await post(path, { refreshToken: 'nobody knows it' })]
    for (const answer of answers) expect(valuesOf(answer, 'Cache-Control')).toEqual(['no-store'])
  },
)

describe('of methods', () => {
  test.each([
    ['/refresh', 'POST', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    ['/logout', 'POST', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    ['/sessions', 'GET, HEAD, DELETE', ['POST', 'PUT', 'PATCH', 'OPTIONS']],
    [`/sessions/${randomUUID()}`, 'DELETE', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS']],
  ])('%s takes %s only', async (path, allowed, others) => {
    for (const method of others) {
      const answer = await ask(path, { method })
      expect([method, answer.status, valuesOf(answer, 'Allow')]).toEqual([method, 405, [allowed]])
    }
    expect((await ask(path, { method: 'TRACE' })).status).toBe(405)
  })
})

describe('a body over 1 KB', () => {
  test.each([
    ['POST', '/refresh'],
    ['POST', '/logout'],
    ['DELETE', '/sessions'],
    ['DELETE', `/sessions/${randomUUID()}`],
  ])('does not get through to %s %s: 413', async (method, path) => {
    const headers = [jsonType, bearer('x')]
    const answer = await ask(path, { method, headers, body: 'x'.repeat(1025) })
    expect(answer.status).toBe(413)
    // The gateway's own words.
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'content-too-large',
      detail: 'The body is larger than this path accepts',
      requestId: requestIdOf(answer),
    })
  })

  test('nor in chunks', async () => {
    const headers: Header[] = [jsonType, ['Transfer-Encoding', 'chunked']]
    expect((await ask('/refresh', { method: 'POST', headers, body: 'x'.repeat(1025) })).status).toBe(413)
  })
})

describe('what is near is not there', () => {
  test.each([
    '/refresh/',
    '/REFRESH',
    '/refresh/x',
    '/logout/',
    '/Logout',
    '/sessions/',
    '/Sessions',
    '/sessions/x',
    `/sessions/${randomUUID().toUpperCase()}`,
    `/sessions/${randomUUID()}/`,
    `/sessions/${randomUUID()}/x`,
    `/sessions/${randomUUID()}0`,
    `//sessions/${randomUUID()}`,
    `/x/sessions/${randomUUID()}`,
  ])('%s is 404, with a good token too', async (path) => {
    const { token } = await openSession('bob', gateway.url)
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await ask(path, { method, headers: [bearer(token)] })
      expect([method, answer.status]).toEqual([method, 404])
      expect(JSON.parse(answer.body).code).toBe('not-found')
    }
  })
})
