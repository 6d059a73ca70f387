import { waitUntil } from 'local-stack'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { unrememberedBearer, unsignedToken } from '../client/credentials.js'
import { tokenOf } from '../client/log-in.js'
import { type Answer, send, valuesOf } from '../client/send.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

const boundMs = 5000

describe.runIf(inject('isLocal'))('row 16: when a part is away', () => {
  let stack: OwnStack
  let url: string
  let token: string

  const ask = (credential = token) => send(url, profilePath, { headers: [unrememberedBearer(credential)] })
  const logIn = () => {
    const body = JSON.stringify({ username: 'alice', password: 'password123' })
    return send(url, '/login', { method: 'POST', headers: [['Content-Type', 'application/json']], body })
  }
  const untilServed = () =>
    waitUntil('requests are served again', async () => (await ask()).status === 200, { timeoutMs: boundMs })

  beforeAll(async () => {
    stack = await startOwnStack()
    // A frozen service may take its 15 or 5 seconds over an answer; here 2, so that the test need not wait for them.
    const gateway = await stack.startGateway([
      { file: 'includes/proxy.conf', find: 'proxy_read_timeout 15s;', put: 'proxy_read_timeout 2s;' },
      { file: 'includes/route-api.conf', find: 'proxy_read_timeout 5s;', put: 'proxy_read_timeout 2s;' },
    ])
    url = gateway.url
    token = await tokenOf('alice', url)
  })
  afterAll(() => stack?.stop())

  test('auth-service stopped: 503 for everybody, and service again once it is back', async () => {
    await stack.auth.stop()
    for (const request of [() => ask(), () => ask(unsignedToken), () => send(url, profilePath), logIn]) {
      await expectUnavailable(request)
    }
    await stack.auth.start()
    await untilServed()
    expect((await logIn()).status).toBe(200)
  })

  test('auth-service frozen: 503 in bounded time, and service again once it thaws', async () => {
    stack.auth.kill('SIGSTOP')
    try {
      await Promise.all(
        [() => ask(), () => ask(unsignedToken), () => send(url, profilePath), logIn].map(expectUnavailable),
      )
    } finally {
      stack.auth.kill('SIGCONT')
    }
    await untilServed()
  })

  test('row 19: auth-service restarted: what was 503 before passes at once', async () => {
    const headers = [unrememberedBearer(token)]
    await stack.auth.stop()
    expect((await send(url, profilePath, { headers })).status).toBe(503)
    await stack.auth.start()
    // The very credential whose verdict could not be had.
    expect((await send(url, profilePath, { headers })).status).toBe(200)
  })

  test('api-service stopped: 503 with a token, still 401 without one', async () => {
    await stack.api.stop()
    await expectUnavailable(() => ask())
    expect((await send(url, profilePath)).status).toBe(401)
    expect((await logIn()).status).toBe(200)
    await stack.api.start()
    await untilServed()
  })

  test('api-service frozen: 503 in bounded time, and service again once it thaws', async () => {
    stack.api.kill('SIGSTOP')
    try {
      await expectUnavailable(() => ask())
      expect((await send(url, profilePath)).status).toBe(401)
    } finally {
      stack.api.kill('SIGCONT')
    }
    await untilServed()
  })
})

async function expectUnavailable(request: () => Promise<Answer>) {
  const startedAt = performance.now()
  const answer = await request()
  expect(performance.now() - startedAt, 'milliseconds').toBeLessThan(boundMs)
  expect(answer.status).toBe(503)
  expect(valuesOf(answer, 'Content-Type')).toEqual(['application/problem+json'])
  expect(valuesOf(answer, 'Retry-After')).toEqual(['1'])
  expect(JSON.parse(answer.body)).toMatchObject({
    status: 503,
    code: 'service-unavailable',
    requestId: valuesOf(answer, 'X-Request-Id')[0],
  })
}
