import request from 'supertest'
import { describe, expect, inject, it, vi } from 'vitest'
import { openAndEnded, openThenEnd } from '../../../packages/ended-sessions/test/session-rows.js'
import { now, startApiService, tokenWith } from '../start-api-service.js'

const ask = (authorization: string | undefined, path = '/api/v1/user/profile') => {
  const asked = request(startApiService().app).get(path)
  return authorization === undefined ? asked : asked.set('Authorization', authorization)
}

describe('called directly, past the gateway, it lets through', () => {
  it.each([
    ['a good token', `Bearer ${tokenWith()}`],
    ['the scheme in lower case', `bearer ${tokenWith()}`],
    ['an audience among others', `Bearer ${tokenWith({ aud: ['other', 'api-service'] })}`],
    ['a token without iat', `Bearer ${tokenWith({ iat: undefined })}`],
  ])('%s', async (_what, authorization) => {
    expect((await ask(authorization)).status).toBe(200)
  })
})

describe('called directly, past the gateway, it refuses', () => {
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${tokenWith().split('.')[1]}.`
  it.each([
    ['no token', undefined],
    ['what is no token', 'Bearer nonsense'],
    ['alg none', `Bearer ${unsigned}`],
    ['another key', `Bearer ${tokenWith({}, 'k'.repeat(32))}`],
    ['another algorithm', `Bearer ${tokenWith({}, undefined, 'HS512')}`],
    ['another issuer', `Bearer ${tokenWith({ iss: 'other' })}`],
    ['another audience', `Bearer ${tokenWith({ aud: 'other' })}`],
    ['an expired token', `Bearer ${tokenWith({ exp: now - 1 })}`],
    ['a token in the second it expires', `Bearer ${tokenWith({ exp: now })}`],
    ['a token that is not valid yet', `Bearer ${tokenWith({ nbf: now + 1 })}`],
    ['no expiry', `Bearer ${tokenWith({ exp: undefined })}`],
    ['no subject', `Bearer ${tokenWith({ sub: undefined })}`],
  ])('%s', async (_what, authorization) => {
    const answer = await ask(authorization)
    expect(answer.status).toBe(401)
    expect(answer.type).toBe('application/problem+json')
    expect(JSON.parse(answer.text).code).toBe(authorization === undefined ? 'missing-token' : 'invalid-token')
    expect(answer.headers['www-authenticate']).toMatch(
      authorization === undefined ? /^Bearer realm="api"$/ : /^Bearer realm="api", error="invalid_token"/,
    )
  })

  it('another scheme, as if nothing had been sent', async () => {
    const answer = await ask('Basic YWxpY2U6cA==')
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"')
  })

  it('every path under /api/v1, also where there is nothing', async () => {
    expect((await ask(undefined, '/api/v1/nothing')).status).toBe(401)
    expect((await ask(undefined, '/api/v1')).status).toBe(401)
    expect((await ask(`Bearer ${tokenWith()}`, '/api/v1/nothing')).status).toBe(404)
  })
})

it('trusts no identity header', async () => {
  const answer = await request(startApiService().app)
    .get('/api/v1/user/profile')
    .set({ Authorization: `Bearer ${tokenWith({ sub: '2' })}`, 'X-User-Id': '3', 'X-Auth-User': 'admin' })
  expect(answer.body.data.username).toBe('bob')
})

it('logs no token', async () => {
  const { app, lines } = startApiService()
  const token = tokenWith()
  await request(app).get('/api/v1/user/profile').set('Authorization', `Bearer ${token}`)
  await request(app).get('/api/v1/user/profile').set('Authorization', `Bearer ${token}x`)
  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toContain(token.slice(0, 20))
})

describe('of a token whose session', () => {
  const askAs = (app: ReturnType<typeof startApiService>['app'], sid: string) =>
    request(app)
      .get('/api/v1/user/profile')
      .set('Authorization', `Bearer ${tokenWith({ sid })}`)

  it('ends between two requests it says 200 and then 401', async () => {
    const { app, endedSessions } = startApiService()
    await endedSessions.firstRead
    const [session, end] = await openThenEnd(inject('databaseUrls').owner)
    expect((await askAs(app, session)).status).toBe(200)
    await end()
    await vi.waitFor(async () => expect((await askAs(app, session)).status).toBe(401))
    const answer = await askAs(app, session)
    expect(answer.type).toBe('application/problem+json')
    expect(JSON.parse(answer.text).code).toBe('invalid-token')
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="api", error="invalid_token"/)
  })

  it('had ended before it started it never says 200', async () => {
    const [open, ended] = await openAndEnded(inject('databaseUrls').owner)
    const { app, endedSessions } = startApiService()
    expect((await askAs(app, ended)).status).not.toBe(200)
    await endedSessions.firstRead
    expect((await askAs(app, ended)).status).toBe(401)
    expect((await askAs(app, open)).status).toBe(200)
  })

  it('cannot be told of it says 503 with Retry-After, and logs no error for each request', async () => {
    const { app, lines } = startApiService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
    const answer = await askAs(app, 'some-session')
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(JSON.parse(answer.text).code).toBe('sessions-unavailable')
    expect(lines).toHaveLength(1)
    // A bad token is bad whatever became of its session.
    expect((await ask(`Bearer ${tokenWith({ sid: 'some-session' })}x`)).status).toBe(401)
  })
})
