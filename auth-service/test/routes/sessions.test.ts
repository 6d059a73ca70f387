import { randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { connectAsOwner, logInAs, newUser } from '../sessions-of-users.js'
import { signingKey, startAuthService } from '../start-auth-service.js'

type Service = Awaited<ReturnType<typeof startAuthService>>
type Opened = Awaited<ReturnType<typeof logInAs>>

const list = async ({ listener }: Service, { bearer }: Opened) =>
  (await request(listener).get('/sessions').set(bearer).expect(200)).body.sessions
const idsOf = (sessions: { id: string }[]) => sessions.map(({ id }) => id).sort()
const isLive = async ({ listener }: Service, { refreshToken }: Opened) =>
  (await request(listener).post('/refresh').send({ refreshToken })).status === 200

/** Two sessions of one user, and one of another. */
async function threeSessions() {
  const service = await startAuthService()
  const user = await newUser()
  const [mine, alsoMine, foreign] = [await logInAs(service, user), await logInAs(service, user), await logInAs(service)]
  return { service, mine, alsoMine, foreign }
}

describe('GET /sessions', () => {
  it("lists one's own, and says which of them asks", async () => {
    const { service, mine, alsoMine } = await threeSessions()
    const { headers, body } = await request(service.listener).get('/sessions').set(mine.bearer).expect(200)
    expect(headers['cache-control']).toBe('no-store')
    const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const about = { createdAt: isoTime, lastUsedAt: isoTime, address: '192.0.2.1', userAgent: 'the browser of a test' }
    expect(body).toEqual({
      sessions: [
        { id: mine.sessionId, ...about, current: true },
        { id: alsoMine.sessionId, ...about, current: false },
      ],
    })
  })

  it('leaves out those that ended or can do nothing any more', async () => {
    const { service, mine, alsoMine } = await threeSessions()
    const owner = await connectAsOwner()
    await owner.query('update sessions set idle_expires_at = now() where id = $1', [alsoMine.sessionId])
    expect(idsOf(await list(service, mine))).toEqual([mine.sessionId])
  })

  it('tells of the one that asks and the hundred used last, of somebody who has thousands', async () => {
    const { service, mine } = await threeSessions()
    const owner = await connectAsOwner()
    await owner.query(
      `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
       select gen_random_uuid(), user_id, idle_expires_at, absolute_expires_at, access_expires_at, 'other', ''
       from sessions, generate_series(1, 1000) where id = $1`,
      [mine.sessionId],
    )
    const sessions = await list(service, mine)
    expect(sessions).toHaveLength(100)
    expect(sessions[0]).toMatchObject({ id: mine.sessionId, current: true })
  })

  it("takes an address from nginx, and in place of what is none the connection's own", async () => {
    const service = await startAuthService()
    const { username, password, ...user } = await newUser()
    await request(service.listener)
      .post('/login')
      .set('X-Real-IP', 'no address, of any length')
      .send({ username, password })
      .expect(200)
    const asking = await logInAs(service, { username, password, ...user })
    const addresses = (await list(service, asking)).map(({ address }: { address: string }) => address)
    expect(addresses).toEqual(['192.0.2.1', expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/)])
  })

  it('cuts what a client calls itself, and lets no control character through', async () => {
    const service = await startAuthService()
    const user = await newUser()
    await request(service.listener)
      .post('/login')
      .set('User-Agent', `a\tb\u0085c${'x'.repeat(300)}`)
      .send({ username: user.username, password: user.password })
      .expect(200)
    const asking = await logInAs(service, user)
    const { userAgent } = (await list(service, asking)).find(({ current }: { current: boolean }) => !current)
    expect(userAgent).toMatch(/^a b[^\p{Cc}]{253}$/u)
  })
})

describe('DELETE /sessions/:id', () => {
  const end = ({ listener }: Service, { bearer }: Opened, id: string) =>
    request(listener).delete(`/sessions/${id}`).set(bearer)

  it("ends one of one's own, and again there is nothing to do", async () => {
    const { service, mine, alsoMine } = await threeSessions()
    for (const _time of [1, 2]) {
      const { headers } = await end(service, mine, alsoMine.sessionId).expect(204)
      expect(headers['cache-control']).toBe('no-store')
    }
    expect(idsOf(await list(service, mine))).toEqual([mine.sessionId])
    expect(await isLive(service, alsoMine)).toBe(false)
    expect(await isLive(service, mine)).toBe(true)
    expect(await service.metric('auth_sessions_ended_total{reason="ended-by-user"}')).toBe(1)
  })

  it('ends the one that asks as well', async () => {
    const { service, mine } = await threeSessions()
    await end(service, mine, mine.sessionId).expect(204)
    expect(await isLive(service, mine)).toBe(false)
  })

  it("answers to another's what it answers to none, and ends nothing", async () => {
    const { service, mine, foreign } = await threeSessions()
    const answers = [foreign.sessionId, randomUUID(), 'no-uuid', foreign.sessionId.toUpperCase()].map(async (id) => {
      const { status, body, headers } = await end(service, mine, id)
      const { 'x-request-id': _id, date: _date, ...told } = headers
      return { status, body: { ...body, requestId: '' }, told }
    })
    const [first, ...others] = await Promise.all(answers)
    expect(first).toMatchObject({ status: 404, body: { code: 'not-found' } })
    for (const other of others) expect(other).toEqual(first)
    expect(await isLive(service, foreign)).toBe(true)
  })

  it.each(['get', 'post', 'put'] as const)('refuses %s, with Allow', async (method) => {
    const { listener } = await startAuthService()
    const { status, headers } = await request(listener)[method](`/sessions/${randomUUID()}`)
    expect([status, headers.allow]).toEqual([405, 'DELETE'])
  })
})

describe('DELETE /sessions', () => {
  it("ends all of one's own but the one that asks, and nobody else's", async () => {
    const { service, mine, alsoMine, foreign } = await threeSessions()
    for (const _time of [1, 2]) {
      const { headers } = await request(service.listener).delete('/sessions').set(mine.bearer).expect(204)
      expect(headers['cache-control']).toBe('no-store')
    }
    expect(idsOf(await list(service, mine))).toEqual([mine.sessionId])
    expect(await isLive(service, alsoMine)).toBe(false)
    expect(await isLive(service, mine)).toBe(true)
    expect(await isLive(service, foreign)).toBe(true)
    expect(await service.metric('auth_sessions_ended_total{reason="ended-by-user"}')).toBe(1)
  })
})

describe.each([
  ['GET', '/sessions'],
  ['DELETE', '/sessions'],
  ['DELETE', `/sessions/${randomUUID()}`],
])('%s %s', (method, path) => {
  const ask = ({ listener }: Pick<Service, 'listener'>, bearer: Record<string, string>) =>
    request(listener)[method.toLowerCase() as 'get'](path).set(bearer)

  it('needs a good access token', async () => {
    const service = await startAuthService()
    const none = await ask(service, {})
    expect([none.status, none.body.code, none.headers['www-authenticate']]).toEqual([
      401,
      'missing-token',
      'Bearer realm="api"',
    ])
    const { token } = await logInAs(service)
    for (const bad of ['nonsense', `${token.slice(0, -10)}AAAAAAAAAA`]) {
      const { status, body, headers } = await ask(service, { Authorization: `Bearer ${bad}` })
      expect([status, body.code]).toEqual([401, 'invalid-token'])
      expect(headers['www-authenticate']).toContain('error="invalid_token"')
    }
  })

  it('needs a session that has not ended', async () => {
    const { service, mine, alsoMine } = await threeSessions()
    await request(service.listener).post('/logout').set(mine.bearer).expect(204)
    const { status, body } = await ask(service, mine.bearer)
    expect([status, body.code]).toEqual([401, 'invalid-token'])
    expect(await isLive(service, alsoMine)).toBe(true)
  })

  it('needs a session of the very user', async () => {
    const { service, mine, alsoMine, foreign } = await threeSessions()
    // As a signer gone wrong might issue it: one user's id with another's session.
    const { sub } = jwt.decode(foreign.token) as { sub: string }
    const claims = { ...(jwt.decode(mine.token) as object), sub }
    const mixed = { Authorization: `Bearer ${jwt.sign(claims, signingKey)}` }
    await ask(service, mixed).expect(401)
    for (const session of [mine, alsoMine, foreign]) expect(await isLive(service, session)).toBe(true)
  })

  it('refuses a token of no session', async () => {
    const service = await startAuthService()
    const { sid, ...claims } = jwt.decode((await logInAs(service)).token) as Record<string, unknown>
    const { status, body } = await ask(service, { Authorization: `Bearer ${jwt.sign(claims, signingKey)}` })
    expect([status, body.code]).toEqual([403, 'no-session'])
  })

  it('answers 503 while Postgres is away', async () => {
    const { bearer } = await logInAs(await startAuthService())
    const away = await startAuthService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
    const { status, body } = await ask(away, bearer)
    expect([status, body.code]).toEqual([503, 'database-unavailable'])
  })
})

it('refuses other methods on /sessions, with Allow', async () => {
  const { listener } = await startAuthService()
  for (const method of ['post', 'put', 'patch'] as const) {
    const { status, headers } = await request(listener)[method]('/sessions')
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, DELETE'])
  }
})
