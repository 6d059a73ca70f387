import { describe, expect, inject, test } from 'vitest'
import { profilePath } from './checks/gateway.js'
import { expectNothingPasses, knowsNoExtension, knowsNoOtherCase } from './checks/nothing-passes.js'
import { unsignedToken } from './client/credentials.js'
import { tokenOf } from './client/log-in.js'
import { bearer, type Header, send, valuesOf } from './client/send.js'
import { sendBytes } from './client/send-bytes.js'

const gateway = inject('gateway')

test('the profile is there for who has a token', async () => {
  const answer = await send(gateway.url, profilePath, { headers: [bearer(await tokenOf('alice', gateway.url))] })
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body).data).toMatchObject({ id: '1', username: 'alice' })
})

describe('row 1: what is internal does not exist outside', () => {
  test.each([
    '/_auth_validation',
    '/_auth_validation/',
    '/_auth_validation?x=/api/v1/',
    '/validate',
    '/validate/',
    '/_problems/400',
    '/_problems/414',
    '/livez',
    '/readyz',
    '/metrics',
  ])('%s is 404 with any token and none', async (path) => {
    const credentials: Header[][] = [[], [bearer(unsignedToken)], [bearer(await tokenOf('alice', gateway.url))]]
    for (const headers of credentials) {
      for (const method of ['GET', 'POST']) {
        const answer = await send(gateway.url, path, { method, headers })
        expect(answer.status, `${method} with ${JSON.stringify(headers)}`).toBe(404)
        expect(JSON.parse(answer.body).code).toBe('not-found')
      }
    }
  })
})

test('row 3: a path in another case is not a protected path under another name', () => knowsNoOtherCase(gateway))

test('row 3: a path in another case is 404 with a token, too', async () => {
  const headers = [bearer(await tokenOf('alice', gateway.url))]
  expect((await send(gateway.url, '/API/v1/user/profile', { headers })).status).toBe(404)
})

test('row 4: no extension leads past the gate', () => knowsNoExtension(gateway))

test('row 5: no spelling of a path leads past the gate', () =>
  expectNothingPasses(
    gateway,
    [
      '//api/v1/user/profile',
      '/api//v1/user/profile',
      '/api/v1//user/profile',
      '/./api/v1/user/profile',
      '/api/./v1/user/profile',
      '/x/../api/v1/user/profile',
      '/login/../api/v1/user/profile',
      '/healthz/../api/v1/user/profile',
      '/../api/v1/user/profile',
      '/..%2fapi/v1/user/profile',
      '/login/..%2fapi/v1/user/profile',
      '/login/%2e%2e/api/v1/user/profile',
      '/login%2f..%2fapi%2fv1%2fuser%2fprofile',
      '/%61pi/v1/user/profile',
      '/%41pi/v1/user/profile',
      '/api%2fv1%2fuser%2fprofile',
      '/api/v1%2fuser%2fprofile',
      '/%252e%252e/api/v1/user/profile',
      '/api/%76%31/user/profile',
      '/\\api\\v1\\user\\profile',
      '/login\\..\\api/v1/user/profile',
      '/api/v1/..\\..\\login',
      '/api/v1;/user/profile',
      '/api;x=/v1/user/profile',
      '/login;/../api/v1/user/profile',
      '/api/v1/user/profile;x=.js',
      '/api/v1/user/profile/',
      '/api/v1/user/profile%00',
      '/api/v1/user/profile%00.js',
      '/api/v1/user/profile%20',
      '/api/v1/user/profile%0a',
      '/api/v1/user/profile%0d%0aAuthorization:%20x',
      '/api/v1/%zz',
      '/api/v1',
      '/api',
      '/api/',
      '/api/v2/user/profile',
      '/user/profile',
      '/livez/../api/v1/user/profile',
    ].map((path) => ({ path })),
    [400, 401, 404],
  ))

test('row 6: what follows the path does not open the gate', () =>
  expectNothingPasses(
    gateway,
    [
      '?x=/login',
      '?/login',
      '?x=/healthz',
      '?/../../login',
      '??',
      '?Authorization=Bearer%20x',
      '?access_token=x',
      '%23/login',
      '%23',
      '%3f/login',
      '%3fx=/healthz',
      '#/login',
    ].map((rest) => ({ path: profilePath + rest })),
    [401],
  ))

test('row 6: nor does a token in the query', async () => {
  const token = await tokenOf('alice', gateway.url)
  await expectNothingPasses(gateway, [{ path: `${profilePath}?access_token=${token}` }], [401])
})

describe('row 9: the name of the host makes no difference', () => {
  test.each(['localhost', '127.0.0.1', 'auth-service', 'api-service', 'api', 'auth', 'internal', 'x'])(
    'to the gate, for %s',
    (host) => expectNothingPasses(gateway, [{ path: profilePath, headers: [['Host', host]] }], [401]),
  )

  test.each(['http://auth/validate', 'http://api/api/v1/user/profile', 'http://localhost/_auth_validation'])(
    'nor is %s, in absolute form, taken for an address',
    async (target) => {
      const answer = await sendBytes(gateway.url, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      expect([401, 404]).toContain(answer.status)
    },
  )

  test('and the gateway sends nobody there', async () => {
    const answer = await send(gateway.url, '/api/v1', { headers: [['Host', 'evil.example']] })
    expect(answer.status).toBe(404)
  })
})

describe('everything else', () => {
  test.each([
    '/',
    '/index.html',
    '/favicon.ico',
    '/nothing',
    '/logins',
    '/login/',
    '/LOGIN',
    '/.git/config',
    '/api-docs',
    '/.well-known/',
    '/.well-known/jwks.json/',
    '/.well-known/JWKS.json',
    '/.well-known/openid-configuration',
  ])('%s is 404', async (path) => {
    const answer = await send(gateway.url, path)
    expect(answer.status).toBe(404)
    expect(JSON.parse(answer.body).code).toBe('not-found')
  })

  test('/.well-known/jwks.json has the public keys, to be kept for five minutes, and is only read', async () => {
    const answer = await send(gateway.url, '/.well-known/jwks.json')
    expect(answer.status).toBe(200)
    expect(valuesOf(answer, 'Cache-Control')).toEqual(['public, max-age=300'])
    expect(Object.keys(JSON.parse(answer.body))).toEqual(['keys'])
    expect((await send(gateway.url, '/.well-known/jwks.json', { method: 'POST', body: '{}' })).status).toBe(405)
  })

  test('/healthz is answered by the gateway', async () => {
    const answer = await send(gateway.url, '/healthz')
    expect(answer).toMatchObject({ status: 200, body: '{"status":"OK"}' })
  })
})
