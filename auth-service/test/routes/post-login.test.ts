import jwt from 'jsonwebtoken'
import pg from 'pg'
import request from 'supertest'
import { describe, expect, inject, it } from 'vitest'
import { connectAsOwner, newUser } from '../sessions-of-users.js'
import { signingKey, startAuthService } from '../start-auth-service.js'

const alice = { username: 'alice', password: 'password123' }

describe('the right password', () => {
  it.each([
    ['alice', 'password123', '1'],
    ['bob', 'securepass456', '2'],
    ['admin', 'adminpass789', '3'],
  ])('of %s is answered with a token', async (username, password, id) => {
    const { listener } = await startAuthService()
    const before = Math.floor(Date.now() / 1000)
    const answer = await request(listener).post('/login').send({ username, password })
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toEqual({
      token: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      refreshExpiresIn: 30 * 86_400,
    })
    const { header, payload } = jwt.decode(answer.body.token, { complete: true }) ?? {}
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(payload).toMatchObject({
      iss: 'auth-service',
      aud: 'api-service',
      sub: id,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    const { iat, exp } = payload as { iat: number; exp: number }
    expect(iat).toBeGreaterThanOrEqual(before)
    expect(exp - iat).toBe(900)
    expect(Object.keys(payload ?? {}).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
    expect(() => jwt.verify(answer.body.token, signingKey)).not.toThrow()
  })

  it('is written down as the last login', async () => {
    const { listener } = await startAuthService()
    const owner = new pg.Client({ connectionString: inject('databaseUrls').owner })
    await owner.connect()
    const lastLogin = async () =>
      (await owner.query<{ at: Date | null }>("select last_login_at as at from users where username = 'admin'")).rows[0]
        ?.at
    const before = await lastLogin()
    await request(listener).post('/login').send({ username: 'admin', password: 'wrong' }).expect(401)
    expect(await lastLogin()).toEqual(before)
    await request(listener).post('/login').send({ username: 'admin', password: 'adminpass789' }).expect(200)
    expect((await lastLogin())?.getTime()).toBeGreaterThan(before?.getTime() ?? 0)
    await owner.end()
  })

  it('is answered also when the media type has parameters', async () => {
    const { listener } = await startAuthService()
    const answer = await request(listener)
      .post('/login')
      .set('Content-Type', 'application/json; charset=utf-8')
      .send(JSON.stringify(alice))
    expect(answer.status).toBe(200)
  })
})

it('answers a wrong password, an unknown name and a disabled user alike', async () => {
  const { listener } = await startAuthService()
  const { id, username, password } = await newUser()
  await (await connectAsOwner()).query('update users set disabled_at = now() where id = $1', [id])
  const answers = await Promise.all(
    [
      { ...alice, password: 'password124' },
      { ...alice, username: 'nobody' },
      { ...alice, username: 'Alice' },
      { ...alice, username: "' or 1=1 --" },
      { username, password },
    ].map((body) => request(listener).post('/login').send(body)),
  )
  for (const { status, headers, body } of answers) {
    expect(status).toBe(401)
    expect({ ...body, requestId: '' }).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      code: 'bad-credentials',
      detail: 'Username or password is wrong',
      requestId: '',
    })
    expect(headers['cache-control']).toBe('no-store')
  }
})

describe('a request that is none', () => {
  it.each([
    ['no body', undefined, 400],
    ['an empty object', {}, 400],
    ['no password', { username: 'alice' }, 400],
    ['no username', { password: 'hunter2' }, 400],
    ['an empty password', { ...alice, password: '' }, 400],
    ['an empty username', { ...alice, username: '' }, 400],
    ['a number as password', { ...alice, password: 1 }, 400],
    ['null as password', { ...alice, password: null }, 400],
    ['an object as username', { ...alice, username: { $ne: '' } }, 400],
    ['an array', [alice], 400],
    ['a NUL in the password', { ...alice, password: 'hunter2\0' }, 400],
    ['a NUL in the username', { ...alice, username: 'alice\0' }, 400],
    ['73 bytes of password', { ...alice, password: 'p'.repeat(73) }, 400],
    ['19 characters of password that are 76 bytes', { ...alice, password: '🔑'.repeat(19) }, 400],
    ['a username of 65 characters', { ...alice, username: 'u'.repeat(65) }, 400],
    ['more than 4 KB', { ...alice, password: 'hunter2'.repeat(1000) }, 413],
  ])('is refused: %s', async (_what, body, status) => {
    const { listener, lines } = await startAuthService()
    const answer = await request(listener)
      .post('/login')
      .set('Content-Type', 'application/json')
      .send(JSON.stringify(body))
    expect(answer.status).toBe(status)
    expect(answer.type).toBe('application/problem+json')
    expect(lines.join() + answer.text).not.toContain('hunter2')
  })

  it.each([
    ['text/plain', JSON.stringify(alice), 415],
    ['application/x-www-form-urlencoded', 'username=alice&password=password123', 415],
    ['application/json', '{"username":"alice","password":"hunter2"', 400],
    ['application/json', "{'username':'alice','password':'hunter2'}", 400],
    ['application/json', '{"username":"alice","password":"hunter2"}{}', 400],
    ['application/json', '', 400],
  ])('is refused: %s with %j', async (type, body, status) => {
    const { listener, lines } = await startAuthService()
    const answer = await request(listener).post('/login').set('Content-Type', type).send(body)
    expect(answer.status).toBe(status)
    expect(answer.type).toBe('application/problem+json')
    expect(lines.join() + answer.text).not.toContain('hunter2')
  })

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)('is refused: %s, with Allow', async (method) => {
    const { listener } = await startAuthService()
    const answer = await request(listener)[method.toLowerCase() as 'get']('/login')
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST')
  })
})

it('accepts a password of exactly 72 bytes as far as the comparison', async () => {
  const { listener } = await startAuthService()
  await request(listener)
    .post('/login')
    .send({ ...alice, password: 'p'.repeat(72) })
    .expect(401)
})

it('logs neither password nor token nor hash, of logins that succeed or fail', async () => {
  const { listener, lines } = await startAuthService()
  const { body } = await request(listener).post('/login').send(alice).expect(200)
  await request(listener)
    .post('/login')
    .send({ ...alice, password: 'hunter2' })
    .expect(401)
  expect(lines.join()).not.toMatch(
    new RegExp(`password123|hunter2|\\$2b\\$|${body.token.slice(0, 20)}|${body.refreshToken}`),
  )
})

describe('when it cannot tell', () => {
  it('answers 503 with Retry-After while Postgres is away', async () => {
    const { listener } = await startAuthService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
    const answer = await request(listener).post('/login').send(alice)
    expect(answer.status).toBe(503)
    expect(answer.body.code).toBe('database-unavailable')
    expect(answer.headers['retry-after']).toBe('1')
  })

  it('answers 503 with Retry-After when the hash queue is full, and serves those it took', async () => {
    const { listener } = await startAuthService({ maxQueue: 2 })
    const answers = await Promise.all(Array.from({ length: 8 }, () => request(listener).post('/login').send(alice)))
    const statuses = answers.map(({ status }) => status).sort()
    // One runs and one waits: half of the two places, since all come from one address.
    expect(statuses).toEqual([200, 200, 503, 503, 503, 503, 503, 503])
    const refused = answers.find(({ status }) => status === 503)
    expect(refused?.body.code).toBe('overloaded')
    expect(refused?.headers['retry-after']).toBe('2')
  })
})
