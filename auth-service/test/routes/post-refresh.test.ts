import { createHash } from 'node:crypto'
import fc from 'fast-check'
import jwt from 'jsonwebtoken'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { connectAsOwner, logInAs } from '../sessions-of-users.js'
import { signingKey, startAuthService } from '../start-auth-service.js'

type Service = Awaited<ReturnType<typeof startAuthService>>

const refresh = ({ listener }: Pick<Service, 'listener'>, refreshToken: unknown) =>
  request(listener).post('/refresh').set('X-Real-IP', '192.0.2.7').set('User-Agent', 'a browser').send({ refreshToken })

const claimsOf = (token: string) => jwt.verify(token, signingKey) as jwt.JwtPayload

const hashOf = (token: string) => createHash('sha256').update(token).digest()

const refused = {
  type: 'about:blank',
  title: 'Unauthorized',
  status: 401,
  code: 'invalid-refresh-token',
  detail: 'The refresh token is not valid any more; log in again',
  requestId: expect.any(String),
}

/** What the database holds of a session. */
async function openLedger() {
  const owner = await connectAsOwner()
  return {
    owner,
    session: async (id: string) => (await owner.query('select * from sessions where id = $1', [id])).rows[0],
    tokens: async (id: string) =>
      (await owner.query('select * from refresh_tokens where session_id = $1 order by spent_at', [id])).rows,
    /** As if a token had been spent so many seconds earlier than it was. */
    async agePastSpending(token: string, seconds: number) {
      const moved = await owner.query(
        'update refresh_tokens set spent_at = spent_at - make_interval(secs => $2) where hash = $1',
        [hashOf(token), seconds],
      )
      expect(moved.rowCount).toBe(1)
    },
  }
}

describe('a refresh token', () => {
  it('is traded for a new pair, again and again', async () => {
    const service = await startAuthService()
    const opened = await logInAs(service)
    const answer = await refresh(service, opened.refreshToken).expect(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toEqual({
      token: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      refreshExpiresIn: 30 * 86_400,
    })
    expect(answer.body.refreshToken).not.toBe(opened.refreshToken)
    const [before, after] = [claimsOf(opened.token), claimsOf(answer.body.token)]
    expect(after).toMatchObject({ iss: 'auth-service', aud: 'api-service', sub: opened.userId, sid: opened.sessionId })
    expect(after.jti).not.toBe(before.jti)
    await refresh(service, answer.body.refreshToken).expect(200)
  })

  it('is stored as its hash only, and so is the one it was spent on', async () => {
    const service = await startAuthService()
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    const { body } = await refresh(service, refreshToken).expect(200)
    const [spent, fresh] = await ledger.tokens(sessionId)
    expect([spent?.hash, spent?.successor]).toEqual([hashOf(refreshToken), hashOf(body.refreshToken)])
    expect([fresh?.hash, fresh?.successor, fresh?.spent_at]).toEqual([hashOf(body.refreshToken), null, null])
  })

  it('moves the session along: when, from where and by whom it was used, until when it lasts', async () => {
    let clock = Math.floor(Date.now() / 1000)
    const service = await startAuthService({ nowSeconds: () => clock, idleSeconds: 1000, absoluteSeconds: 10_000 })
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    const opened = await ledger.session(sessionId)
    expect(opened).toMatchObject({ address: '192.0.2.1', user_agent: 'the browser of a test' })
    expect(opened.access_expires_at).toEqual(new Date((clock + 900) * 1000))
    expect(opened.idle_expires_at - opened.created_at).toBe(1_000_000)
    expect(opened.absolute_expires_at - opened.created_at).toBe(10_000_000)
    clock += 60
    await refresh(service, refreshToken).expect(200)
    const renewed = await ledger.session(sessionId)
    expect(renewed).toMatchObject({ address: '192.0.2.7', user_agent: 'a browser' })
    expect(renewed.last_used_at.getTime()).toBeGreaterThan(opened.last_used_at.getTime())
    expect(renewed.idle_expires_at - renewed.last_used_at).toBe(1_000_000)
    expect(renewed.absolute_expires_at).toEqual(opened.absolute_expires_at)
    expect(renewed.access_expires_at).toEqual(new Date((clock + 900) * 1000))
  })

  it('keeps the latest expiry of an access token, whatever the clock of the instance says', async () => {
    let clock = Math.floor(Date.now() / 1000)
    const service = await startAuthService({ nowSeconds: () => clock })
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    const { access_expires_at: before } = await ledger.session(sessionId)
    clock -= 60
    await refresh(service, refreshToken).expect(200)
    expect((await ledger.session(sessionId)).access_expires_at).toEqual(before)
  })

  it('never lasts longer than the session may in all', async () => {
    const service = await startAuthService({ idleSeconds: 100, absoluteSeconds: 1000 })
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    await ledger.owner.query(
      "update sessions set absolute_expires_at = now() + interval '50.5 s', idle_expires_at = now() + interval '10 s' where id = $1",
      [sessionId],
    )
    const { body } = await refresh(service, refreshToken).expect(200)
    expect(body.refreshExpiresIn).toBe(50)
    // Nor does the access token.
    expect(body.expiresIn).toBe(50)
    const { iat = 0, exp = 0 } = claimsOf(body.token)
    expect(exp - iat).toBe(50)
  })

  it('is not traded when not a whole second is left for what it would be traded for', async () => {
    const service = await startAuthService()
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    await ledger.owner.query(
      "update sessions set absolute_expires_at = now() + interval '0.9 s', idle_expires_at = now() + interval '0.9 s' where id = $1",
      [sessionId],
    )
    await refresh(service, refreshToken).expect(401)
  })
})

describe('presented again within the grace', () => {
  it('is answered with the same successor, and an access token that is remembered', async () => {
    let clock = Math.floor(Date.now() / 1000)
    const service = await startAuthService({ nowSeconds: () => clock })
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    const { body: first } = await refresh(service, refreshToken).expect(200)
    await ledger.agePastSpending(refreshToken, 9)
    clock += 9
    const { body: second } = await refresh(service, refreshToken).expect(200)
    expect(second.refreshToken).toBe(first.refreshToken)
    expect(claimsOf(second.token)).toMatchObject({ sid: sessionId, exp: clock + 900 })
    expect((await ledger.session(sessionId)).access_expires_at).toEqual(new Date((clock + 900) * 1000))
    expect(await ledger.tokens(sessionId)).toHaveLength(2)
    expect(await service.metric('auth_refreshes_total{result="renewed"}')).toBe(1)
    expect(await service.metric('auth_refreshes_total{result="repeated"}')).toBe(1)
  })

  it('is refused, and nothing ends, by an instance whose key is another', async () => {
    const service = await startAuthService()
    const other = await startAuthService({ refreshTokenSecret: Buffer.from('a key that came after the one for tests') })
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    const { body } = await refresh(service, refreshToken).expect(200)
    expect((await refresh(other, refreshToken).expect(401)).body).toEqual(refused)
    expect((await ledger.session(sessionId)).ended_at).toBeNull()
    // What is not spent yet is nobody's to derive.
    await refresh(other, body.refreshToken).expect(200)
  })
})

describe('presented again after the grace', () => {
  it('ends the session, which neither token can renew any more', async () => {
    const service = await startAuthService()
    const ledger = await openLedger()
    const { refreshToken, sessionId } = await logInAs(service)
    const { body } = await refresh(service, refreshToken).expect(200)
    await ledger.agePastSpending(refreshToken, 10)
    expect((await refresh(service, refreshToken).expect(401)).body).toEqual(refused)
    expect(await ledger.session(sessionId)).toMatchObject({
      ended_at: expect.any(Date),
      end_reason: 'refresh-token-reused',
    })
    expect((await refresh(service, body.refreshToken).expect(401)).body).toEqual(refused)
    expect(await service.metric('auth_refreshes_total{result="reused"}')).toBe(1)
    expect(await service.metric('auth_sessions_ended_total{reason="refresh-token-reused"}')).toBe(1)
  })

  it('is logged as a security event, once, which names who and what and holds no token', async () => {
    const service = await startAuthService()
    const ledger = await openLedger()
    const { refreshToken, sessionId, userId } = await logInAs(service)
    const { body } = await refresh(service, refreshToken).expect(200)
    await ledger.agePastSpending(refreshToken, 10)
    await refresh(service, refreshToken).set('X-Request-Id', 'the-request-id').expect(401)
    await refresh(service, refreshToken).expect(401)
    const events = service.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'refresh-token-reused')
    expect(events).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        service: 'auth-service',
        instance: 'instance-1',
        event: 'refresh-token-reused',
        outcome: 'ok',
        reason: 'refresh-token-reused',
        sessionId,
        userId,
        address: '192.0.2.7',
        userAgent: 'a browser',
        requestId: 'the-request-id',
        msg: 'audit',
      },
    ])
    for (const token of [refreshToken, body.refreshToken, body.token]) expect(service.lines.join()).not.toContain(token)
  })
})

describe('answers one and the same 401', () => {
  it.each([
    ['to a token nobody knows', async () => 'A'.repeat(43)],
    ['to what is no token at all', async () => 'x'],
    ['to an access token', async (service: Service) => (await logInAs(service)).token.slice(0, 900)],
    [
      'to the token of a session that was not used for too long',
      async (service: Service) => {
        const { refreshToken, sessionId } = await logInAs(service)
        await (await connectAsOwner()).query('update sessions set idle_expires_at = now() where id = $1', [sessionId])
        return refreshToken
      },
    ],
    [
      'to the token of a session that is too old',
      async (service: Service) => {
        const { refreshToken, sessionId } = await logInAs(service)
        const sql = 'update sessions set idle_expires_at = now(), absolute_expires_at = now() where id = $1'
        await (await connectAsOwner()).query(sql, [sessionId])
        return refreshToken
      },
    ],
    [
      'to the token of a session that was logged out',
      async (service: Service) => {
        const { refreshToken } = await logInAs(service)
        await request(service.listener).post('/logout').send({ refreshToken }).expect(204)
        return refreshToken
      },
    ],
    [
      'to the token of somebody whose password was changed',
      async (service: Service) => {
        const { refreshToken, userId } = await logInAs(service)
        const sql = "update users set password_hash = replace(password_hash, '$2b$', '$2a$') where id = $1"
        await (await connectAsOwner()).query(sql, [userId])
        return refreshToken
      },
    ],
    [
      'to the token of somebody who was disabled',
      async (service: Service) => {
        const { refreshToken, userId } = await logInAs(service)
        await (await connectAsOwner()).query('update users set disabled_at = now() where id = $1', [userId])
        return refreshToken
      },
    ],
    [
      'to the token of somebody who is gone',
      async (service: Service) => {
        const { refreshToken, userId } = await logInAs(service)
        const owner = await connectAsOwner()
        await owner.query('delete from sessions where user_id = $1', [userId])
        await owner.query('delete from users where id = $1', [userId])
        return refreshToken
      },
    ],
  ])('%s', async (_what, badToken) => {
    const service = await startAuthService()
    const { status, body, headers } = await refresh(service, await badToken(service))
    expect([status, body]).toEqual([401, refused])
    expect(headers['cache-control']).toBe('no-store')
    // It is no access token that is asked for.
    expect(headers['www-authenticate']).toBeUndefined()
    expect(await service.metric('auth_refreshes_total{result="refused"}')).toBe(1)
  })
})

describe('a request that is none', () => {
  it.each([
    ['no body', '', 400],
    ['null', 'null', 400],
    ['an array', '["a"]', 400],
    ['an empty object', '{}', 400],
    ['an empty token', '{"refreshToken":""}', 400],
    ['a number', '{"refreshToken":1}', 400],
    ['half of an object', '{"refreshToken":"secret"', 400],
    ['more than 1 KB', JSON.stringify({ refreshToken: 'secret'.repeat(200) }), 413],
  ])('is refused: %s', async (_what, body, status) => {
    const { listener, lines } = await startAuthService()
    const answer = await request(listener).post('/refresh').set('Content-Type', 'application/json').send(body)
    expect(answer.status).toBe(status)
    expect(answer.type).toBe('application/problem+json')
    expect(lines.join() + answer.text).not.toContain('secret')
  })

  it('is refused: another type than JSON', async () => {
    const { listener } = await startAuthService()
    await request(listener).post('/refresh').type('text/plain').send('{"refreshToken":"x"}').expect(415)
  })

  it.each(['get', 'put', 'delete', 'patch', 'options'] as const)('is refused: %s, with Allow', async (method) => {
    const { listener } = await startAuthService()
    const { status, headers } = await request(listener)[method]('/refresh')
    expect([status, headers.allow]).toEqual([405, 'POST'])
  })

  it('is 400, 401 or 413, whatever is sent', async () => {
    const service = await startAuthService()
    const body = fc.oneof(
      fc.json(),
      fc
        .record({ refreshToken: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()) })
        .map((it) => JSON.stringify(it)),
      fc.string({ unit: 'binary', maxLength: 2000 }),
    )
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        for (const path of ['/refresh', '/logout']) {
          const { status } = await request(service.listener).post(path).type('application/json').send(sent)
          expect([204, 400, 401, 413]).toContain(status)
        }
      }),
      { numRuns: 200 },
    )
  })
})

it('answers 503 with Retry-After while Postgres is away', async () => {
  const service = await startAuthService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' })
  const { status, body, headers } = await refresh(service, 'A'.repeat(43))
  expect([status, body.code, headers['retry-after']]).toEqual([503, 'database-unavailable', '1'])
  expect(await service.metric('auth_refreshes_total{result="unavailable"}')).toBe(1)
})
