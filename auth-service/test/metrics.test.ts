import jwt from 'jsonwebtoken'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { mistakesIn, promtoolOn, readSeries } from '../../packages/service-kit/test/prometheus-text.js'
import { listen, signingKey, startAuthService } from './start-auth-service.js'

const alice = { username: 'alice', password: 'password123' }
const now = Math.floor(Date.now() / 1000)
const claims = { iss: 'auth-service', aud: 'api-service', sub: '1', iat: now, exp: now + 900, jti: 'a' }
const goodToken = jwt.sign(claims, signingKey)

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

describe('logins are counted by result', () => {
  const result = (name: string) => `auth_logins_total{result="${name}"}`

  it.each([
    ['ok', alice, 200],
    ['bad-credentials', { ...alice, password: 'wrong' }, 401],
    ['bad-credentials', { ...alice, username: 'nobody' }, 401],
    ['invalid-request', {}, 400],
    ['content-too-large', { ...alice, password: 'p'.repeat(5000) }, 413],
  ])('%s', async (name, body, status) => {
    const { listener, metric } = await startAuthService()
    await request(listener).post('/login').send(body).expect(status)
    expect(await metric(result(name))).toBe(1)
    expect(await metric(`http_request_duration_seconds_count{method="POST",route="/login",status="${status}"}`)).toBe(1)
  })

  it('invalid-request, for a body that is not JSON', async () => {
    const { listener, metric } = await startAuthService()
    await request(listener).post('/login').set('Content-Type', 'application/json').send('{').expect(400)
    expect(await metric(result('invalid-request'))).toBe(1)
  })

  it('database-unavailable', async () => {
    const { listener, metric } = await startAuthService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
    await request(listener).post('/login').send(alice).expect(503)
    expect(await metric(result('database-unavailable'))).toBe(1)
    expect(await metric(result('ok'))).toBe(0)
  })
})

describe('the hash queue shows', () => {
  const shed = (reason: string) => `auth_logins_shed_total{reason="${reason}"}`
  const running = 'auth_worker_running_tasks{pool="hash"}'
  const waiting = 'auth_worker_waiting_tasks{pool="hash"}'

  /** A service whose only hash worker is busy for most of a second, with something that did not stand in the queue. */
  async function startBusyService(changes: Parameters<typeof startAuthService>[0] = {}) {
    const service = await startAuthService(changes)
    const free = service.crypto.hashPassword({ password: 'long', cost: 14 })
    const logInFrom = (...addresses: string[]) =>
      addresses.map((address) => request(service.listener).post('/login').set('X-Real-IP', address).send(alice).then())
    const becomes = (series: string, value: number) =>
      vi.waitFor(async () => expect(await service.metric(series)).toBe(value), { timeout: 5000, interval: 5 })
    return { ...service, free, logInFrom, becomes }
  }

  it('what it turned away, and why', async () => {
    const { logInFrom, becomes, metric } = await startBusyService({ maxQueue: 2 })
    const served = logInFrom('192.0.2.1')
    await becomes(running, 1)
    served.push(...logInFrom('192.0.2.1'))
    await becomes(waiting, 1)
    await Promise.all(logInFrom('192.0.2.1'))
    expect(await metric(shed('address-share'))).toBe(1)
    served.push(...logInFrom('192.0.2.2'))
    await becomes(waiting, 2)
    await Promise.all(logInFrom('192.0.2.3', '192.0.2.4'))
    expect(await metric(shed('queue-full'))).toBe(2)
    await Promise.all(served)
    expect(await metric('auth_logins_total{result="overloaded"}')).toBe(3)
    expect(await metric('auth_logins_total{result="ok"}')).toBe(3)
  })

  it('what waited too long', async () => {
    const { logInFrom, becomes, metric } = await startBusyService({ maxWaitMs: 50 })
    const served = logInFrom('192.0.2.1')
    await becomes(running, 1)
    await Promise.all(logInFrom('192.0.2.2'))
    expect(await metric(shed('waited-too-long'))).toBe(1)
    await Promise.all(served)
  })

  it('who left before a worker was free', async () => {
    const { listener, logInFrom, becomes } = await startBusyService()
    const served = logInFrom('192.0.2.1')
    await becomes(running, 1)
    const leaving = new AbortController()
    const left = fetch(`http://127.0.0.1:${await listen(listener)}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alice),
      signal: leaving.signal,
    }).catch(() => 'left')
    await becomes(waiting, 1)
    leaving.abort()
    await becomes(shed('client-left'), 1)
    await becomes('auth_logins_total{result="client-left"}', 1)
    expect(await left).toBe('left')
    await Promise.all(served)
  })

  it('its depth, while it works, and the wait of those who stood in it', async () => {
    const { logInFrom, becomes, metric, free } = await startBusyService()
    const served = logInFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4')
    await becomes(waiting, 3)
    expect(await metric(running)).toBe(1)
    await free
    const before = await metric('auth_worker_wait_seconds_sum{pool="hash"}')
    await Promise.all(served)
    expect(await metric(waiting)).toBe(0)
    expect(await metric(running)).toBe(0)
    // Each of the four waited for the worker, and the last three for those before them: at 20 ms and more a comparison.
    expect((await metric('auth_worker_wait_seconds_sum{pool="hash"}')) - before).toBeGreaterThan(0.12)
  })
})

describe('the workers show', () => {
  it('what they did and for how long, each pool by itself', async () => {
    const { listener, metric } = await startAuthService()
    const busy = () => metric('auth_worker_busy_seconds_total{pool="hash"}')
    // The decoy was hashed.
    const before = await busy()
    expect(before).toBeGreaterThan(0.02)
    await request(listener).post('/login').send(alice).expect(200)
    expect(await metric('auth_worker_run_seconds_count{pool="hash"}')).toBe(2)
    expect((await busy()) - before).toBeGreaterThan(0.02)
    expect(await metric('auth_worker_run_seconds_sum{pool="hash"}')).toBeCloseTo(await busy(), 6)
    expect(await metric('auth_workers{pool="hash"}')).toBe(1)

    expect(await metric('auth_worker_run_seconds_count{pool="token"}')).toBe(0)
    await request(listener).get('/validate').set(bearer(goodToken)).expect(200)
    expect(await metric('auth_worker_run_seconds_count{pool="token"}')).toBe(1)
    expect(await metric('auth_worker_busy_seconds_total{pool="token"}')).toBeGreaterThan(0)
    expect(await metric('auth_worker_wait_seconds_sum{pool="token"}')).toBeGreaterThan(0)
    expect(await metric('auth_workers{pool="token"}')).toBe(1)
  })

  it('how many tokens came to them at once, those left out that were verified before', async () => {
    const { crypto, metric } = await startAuthService()
    await crypto.judgeToken(goodToken)
    expect(await metric('auth_token_batch_size_bucket{le="1"}')).toBe(1)
    const others = Array.from({ length: 50 }, (_, number) => jwt.sign({ ...claims, jti: `${number}` }, signingKey))
    await Promise.all([goodToken, ...others].map((token) => crypto.judgeToken(token)))
    expect(await metric('auth_token_batch_size_count')).toBe(2)
    expect(await metric('auth_token_batch_size_sum')).toBe(51)
    expect(await metric('auth_token_batch_size_bucket{le="32"}')).toBe(1)
    expect(await metric('auth_token_batch_size_bucket{le="64"}')).toBe(2)
  })
})

it('validations are counted by result, and timed among the requests', async () => {
  const { listener, scrape } = await startAuthService()
  const validate = (headers: Record<string, string>) => request(listener).get('/validate').set(headers)
  await validate(bearer(goodToken))
  await validate(bearer(goodToken))
  await validate({})
  await validate(bearer('nonsense'))
  await validate(bearer(jwt.sign(claims, 'x'.repeat(32))))
  await validate(bearer(jwt.sign({ ...claims, exp: now - 1 }, signingKey)))
  const text = await scrape()
  const counted = { ok: 2, absent: 1, malformed: 1, 'bad-signature': 1, expired: 1, 'wrong-issuer': 0, unavailable: 0 }
  for (const [result, count] of Object.entries(counted)) {
    expect(readSeries(`auth_validations_total{result="${result}"}`, text), result).toBe(count)
  }
  const timed = (status: number) =>
    readSeries(`http_request_duration_seconds_count{method="GET",route="/validate",status="${status}"}`, text)
  expect([timed(200), timed(401), timed(403)]).toEqual([2, 4, 0])
})

describe('/metrics', () => {
  async function afterTraffic() {
    const { listener, scrape, lines } = await startAuthService({ maxQueue: 2 })
    const answers = await Promise.all(Array.from({ length: 5 }, () => request(listener).post('/login').send(alice)))
    const token: string = answers.find(({ status }) => status === 200)?.body.token
    await request(listener).get('/validate').set(bearer(token)).expect(200)
    await request(listener).get('/validate').expect(401)
    await request(listener).get(`/nothing/${token}`).expect(404)
    return { text: await scrape(), lines, token }
  }

  it('is Prometheus text', async () => {
    expect(mistakesIn((await afterTraffic()).text)).toEqual([])
  })

  it('leaves promtool nothing to say', async (context) => {
    expect(promtoolOn((await afterTraffic()).text, context)).toBe('')
  })

  it('names no user, no address and no token', async () => {
    const { text, token } = await afterTraffic()
    for (const part of ['alice', '127.0.0.1', ...token.split('.')]) expect(text).not.toContain(part)
  })

  it('has no line in the request log', async () => {
    const { listener, lines } = await startAuthService()
    await request(listener).get('/metrics').expect(200)
    expect(lines).toEqual([])
  })
})
