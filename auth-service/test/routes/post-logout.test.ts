import jwt from 'jsonwebtoken'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { connectAsOwner, logInAs, newUser } from '../sessions-of-users.js'
import { signingKey, startAuthService } from '../start-auth-service.js'

const endOf = async (sessionId: string) => {
  const owner = await connectAsOwner()
  const sql = 'select end_reason as reason from sessions where id = $1'
  return (await owner.query<{ reason: string | null }>(sql, [sessionId])).rows[0]?.reason
}

describe('ends the session', () => {
  it('of the refresh token in the body', async () => {
    const service = await startAuthService()
    const { refreshToken, sessionId } = await logInAs(service)
    const answer = await request(service.listener).post('/logout').send({ refreshToken }).expect(204)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(await endOf(sessionId)).toBe('logout')
    await request(service.listener).post('/refresh').send({ refreshToken }).expect(401)
    expect(await service.metric('auth_sessions_ended_total{reason="logout"}')).toBe(1)
  })

  it('of a refresh token that was spent', async () => {
    const service = await startAuthService()
    const { refreshToken, sessionId } = await logInAs(service)
    await request(service.listener).post('/refresh').send({ refreshToken }).expect(200)
    await request(service.listener).post('/logout').send({ refreshToken }).expect(204)
    expect(await endOf(sessionId)).toBe('logout')
  })

  it.each([
    ['with no body', undefined],
    ['with an empty object', {}],
  ])('of the bearer token, %s', async (_what, body) => {
    const service = await startAuthService()
    const { bearer, refreshToken, sessionId } = await logInAs(service)
    const answer = await request(service.listener).post('/logout').set(bearer).send(body).expect(204)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(await endOf(sessionId)).toBe('logout')
    await request(service.listener).post('/refresh').send({ refreshToken }).expect(401)
  })

  it('of the refresh token, also beside a bearer token that has expired', async () => {
    const service = await startAuthService()
    const { refreshToken, sessionId } = await logInAs(service)
    const expired = { Authorization: `Bearer ${jwt.sign({ exp: 1 }, signingKey)}` }
    await request(service.listener).post('/logout').set(expired).send({ refreshToken }).expect(204)
    expect(await endOf(sessionId)).toBe('logout')
  })

  it('and no other', async () => {
    const service = await startAuthService()
    const user = await newUser()
    const other = await logInAs(service, user)
    const { refreshToken } = await logInAs(service, user)
    await request(service.listener).post('/logout').send({ refreshToken }).expect(204)
    await request(service.listener).post('/refresh').send({ refreshToken: other.refreshToken }).expect(200)
  })

  it('once: a second time there is nothing to do, and that is said alike', async () => {
    const service = await startAuthService()
    const { refreshToken } = await logInAs(service)
    for (const _time of [1, 2]) await request(service.listener).post('/logout').send({ refreshToken }).expect(204)
    expect(await service.metric('auth_sessions_ended_total{reason="logout"}')).toBe(1)
  })
})

it('answers 204 to a refresh token nobody knows', async () => {
  const { listener } = await startAuthService()
  await request(listener)
    .post('/logout')
    .send({ refreshToken: 'A'.repeat(43) })
    .expect(204)
})

describe('refuses', () => {
  it.each([
    ['who shows nothing', {}, undefined, 401, 'missing-token'],
    ['a bearer token that is not good', { Authorization: 'Bearer nonsense' }, undefined, 401, 'invalid-token'],
    ['a number as refresh token', {}, { refreshToken: 1 }, 400, 'invalid-request'],
    ['an array', {}, [], 400, 'invalid-request'],
    ['more than 1 KB', {}, { refreshToken: 'x'.repeat(1100) }, 413, 'content-too-large'],
  ])('%s', async (_what, headers, body, status, code) => {
    const { listener } = await startAuthService()
    const answer = await request(listener).post('/logout').set(headers).send(body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers['www-authenticate'] !== undefined).toBe(status === 401)
  })

  it('a bearer token of no session', async () => {
    const { listener } = await startAuthService()
    const exp = Math.floor(Date.now() / 1000) + 900
    const claims = { iss: 'auth-service', aud: 'api-service', sub: '1', exp }
    for (const sid of [undefined, 'no uuid']) {
      const token = jwt.sign({ ...claims, ...(sid && { sid }) }, signingKey)
      const { status, body } = await request(listener).post('/logout').set('Authorization', `Bearer ${token}`)
      expect([status, body.code]).toEqual([403, 'no-session'])
    }
  })

  it.each(['get', 'put', 'delete'] as const)('the method %s, with Allow', async (method) => {
    const { listener } = await startAuthService()
    const { status, headers } = await request(listener)[method]('/logout')
    expect([status, headers.allow]).toEqual([405, 'POST'])
  })
})

it('answers 503, never 204, while Postgres is away', async () => {
  const { listener } = await startAuthService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
  const { status, body } = await request(listener)
    .post('/logout')
    .send({ refreshToken: 'A'.repeat(43) })
  expect([status, body.code]).toEqual([503, 'database-unavailable'])
})
