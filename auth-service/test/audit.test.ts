import { randomUUID } from 'node:crypto'
import request from 'supertest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectAsOwner, logInAs, newUser, type User } from './sessions-of-users.js'
import { startAuthService } from './start-auth-service.js'

type Service = Awaited<ReturnType<typeof startAuthService>>

/** A service, a user of the test's own, and what has been recorded of them. */
async function setUp() {
  const service = await startAuthService()
  const user = await newUser()
  const owner = await connectAsOwner()
  return {
    service,
    user,
    owner,
    /** The rows about the user, oldest first, but for the one of being added. */
    async rows() {
      const { rows } = await owner.query(
        "select * from audit_log where subject = $1 and event <> 'user-added' order by at, id",
        [user.username],
      )
      return rows
    },
    /** The lines of the log that tell of an event. */
    lines: () => service.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'audit'),
  }
}

const from = { 'X-Real-IP': '192.0.2.7', 'User-Agent': 'a browser', 'X-Request-Id': 'the-request-id' }

const logIn = ({ listener }: Service, credentials: Partial<User>, headers: Record<string, string> = from) =>
  request(listener).post('/login').set(headers).send({ username: credentials.username, password: credentials.password })

const refresh = ({ listener }: Service, refreshToken: string, headers: Record<string, string> = from) =>
  request(listener).post('/refresh').set(headers).send({ refreshToken })

describe('a login', () => {
  it('that succeeds is one row and one line', async () => {
    const { service, user, rows, lines } = await setUp()
    const { body } = await logIn(service, user).expect(200)
    const [row, ...more] = await rows()
    expect(more).toEqual([])
    expect(row).toEqual({
      id: expect.any(String),
      at: expect.any(Date),
      event: 'login',
      outcome: 'ok',
      reason: null,
      actor: `user:${user.username}`,
      subject_id: user.id,
      subject: user.username,
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      address: '192.0.2.7',
      user_agent: 'a browser',
      request_id: 'the-request-id',
      instance: 'instance-1',
      details: null,
      recorded_by: 'auth_service',
    })
    expect(lines()).toEqual([
      {
        time: expect.any(String),
        level: 'info',
        service: 'auth-service',
        instance: 'instance-1',
        event: 'login',
        outcome: 'ok',
        userId: user.id,
        sessionId: row.session_id,
        address: '192.0.2.7',
        userAgent: 'a browser',
        requestId: 'the-request-id',
        msg: 'audit',
      },
    ])
    for (const secret of [user.password, body.token, body.refreshToken]) {
      expect(JSON.stringify(row) + service.lines.join()).not.toContain(secret)
    }
  })

  it('that is refused is one row and one line, with the reason', async () => {
    const { service, user, owner, rows, lines } = await setUp()
    await logIn(service, { ...user, password: 'wrong' }).expect(401)
    await owner.query('update users set disabled_at = now() where id = $1', [user.id])
    await logIn(service, user).expect(401)
    const refusals = (await rows()).filter(({ event }) => event === 'login')
    expect(refusals).toMatchObject([
      { outcome: 'refused', reason: 'wrong-password', actor: 'anonymous', subject_id: user.id, address: '192.0.2.7' },
      { outcome: 'refused', reason: 'user-disabled', actor: 'anonymous', subject_id: user.id, address: '192.0.2.7' },
    ])
    expect(lines().map(({ reason }) => reason)).toEqual(['wrong-password', 'user-disabled'])
  })

  it('under a name nobody has is recorded without the name, which may be a password in the wrong field', async () => {
    const { service, owner, lines } = await setUp()
    const requestId = randomUUID()
    await logIn(service, { username: 'my secret', password: 'x' }, { ...from, 'X-Request-Id': requestId }).expect(401)
    const { rows } = await owner.query('select * from audit_log where request_id = $1', [requestId])
    expect(rows).toMatchObject([{ reason: 'unknown-name', subject: null, subject_id: null, address: '192.0.2.7' }])
    expect(lines()).toMatchObject([{ reason: 'unknown-name' }])
    expect(JSON.stringify(rows) + service.lines.join()).not.toContain('my secret')
  })
})

describe('a session', () => {
  it('beyond the hundred of a user ends the one that was unused for longest, which is a row and a line', async () => {
    const { service, user, owner, rows, lines } = await setUp()
    const { rows: opened } = await owner.query<{ id: string }>(
      `insert into sessions (id, user_id, last_used_at, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
       select gen_random_uuid(), $1, now() - make_interval(hours => hour), now() + interval '1 day', now() + interval '1 day', now(), '192.0.2.1', ''
       from generate_series(1, 350) as hour order by hour returning id`,
      [user.id],
    )
    await logIn(service, user).expect(200)
    await service.surplusSessions.end(new AbortController().signal)
    const { rows: live } = await owner.query('select id from sessions where user_id = $1 and ended_at is null', [
      user.id,
    ])
    const kept = opened.slice(0, 99).map(({ id }) => id)
    expect(live).toHaveLength(100)
    expect(live.map(({ id }) => id)).toEqual(expect.arrayContaining(kept))
    const ended = (await rows()).filter(({ reason }) => reason === 'too-many-sessions')
    expect(ended).toHaveLength(251)
    expect(ended[0]).toMatchObject({ event: 'session-ended', outcome: 'ok', actor: 'system', subject_id: user.id })
    expect(new Set(ended.map(({ session_id }) => session_id))).toEqual(new Set(opened.slice(99).map(({ id }) => id)))
    const told = lines().filter(({ reason }) => reason === 'too-many-sessions')
    expect(told).toHaveLength(251)
    expect(told[0]).toMatchObject({ event: 'session-ended', userId: user.id })
    expect(await service.metric('auth_sessions_ended_total{reason="too-many-sessions"}')).toBe(251)
  })

  it('of somebody who has no more than a hundred is left alone', async () => {
    const { service, user, rows } = await setUp()
    for (let login = 0; login < 3; login++) await logIn(service, user).expect(200)
    await service.surplusSessions.end(new AbortController().signal)
    expect((await rows()).map(({ event }) => event)).toEqual(['login', 'login', 'login'])
  })

  it('leaves a row and a line at each step of its life, by the user', async () => {
    const { service, user, rows, lines } = await setUp()
    const { refreshToken, sessionId } = await logInAs(service, user)
    const { body } = await refresh(service, refreshToken).expect(200)
    await refresh(service, refreshToken).expect(200)
    await request(service.listener).post('/logout').set(from).send({ refreshToken: body.refreshToken }).expect(204)
    await refresh(service, body.refreshToken).expect(401)
    const told = [
      ['login', 'ok', null],
      ['refresh', 'ok', null],
      ['refresh', 'ok', 'repeated'],
      ['logout', 'ok', 'logout'],
      ['refresh', 'refused', 'session-over'],
    ]
    const recorded = await rows()
    expect(recorded.map(({ event, outcome, reason }) => [event, outcome, reason])).toEqual(told)
    expect(lines().map(({ event, outcome, reason }) => [event, outcome, reason ?? null])).toEqual(told)
    const actors = recorded.map(({ actor }) => actor)
    expect(actors).toEqual([...Array(4).fill(`user:${user.username}`), 'anonymous'])
    for (const row of recorded) expect(row.session_id).toBe(sessionId)
    expect(recorded[3]).toMatchObject({
      address: '192.0.2.7',
      user_agent: 'a browser',
      request_id: 'the-request-id',
      instance: 'instance-1',
    })
  })

  it('whose spent refresh token comes back is one row, by nobody in particular', async () => {
    const { service, user, owner, rows } = await setUp()
    const { refreshToken } = await logInAs(service, user)
    await refresh(service, refreshToken).expect(200)
    await owner.query(
      "update refresh_tokens set spent_at = spent_at - interval '1 hour' where spent_at is not null and session_id in (select id from sessions where user_id = $1)",
      [user.id],
    )
    await refresh(service, refreshToken).expect(401)
    expect((await rows()).slice(2)).toMatchObject([
      {
        event: 'refresh-token-reused',
        actor: 'anonymous',
        subject: user.username,
        address: '192.0.2.7',
        request_id: 'the-request-id',
      },
    ])
  })

  it.each([
    ['POST', '/logout', 'logout', 1],
    ['DELETE', '/sessions/:id', 'session-ended', 1],
    ['DELETE', '/sessions', 'session-ended', 2],
  ])('that %s %s ends is a row and a line: %s', async (method, path, event, count) => {
    const { service, user, rows, lines } = await setUp()
    const others = [await logInAs(service, user), await logInAs(service, user)]
    const asking = await logInAs(service, user)
    const url = path.replace(':id', others[0]?.sessionId ?? '')
    const send = method === 'POST' ? request(service.listener).post(url) : request(service.listener).delete(url)
    await send.set(from).set(asking.bearer).expect(204)
    const ended = (await rows()).filter((row) => row.event === event)
    expect(ended).toHaveLength(count)
    expect(new Set(ended.map((row) => row.session_id)).size).toBe(count)
    for (const row of ended) {
      expect(row).toMatchObject({ actor: `user:${user.username}`, address: '192.0.2.7', request_id: 'the-request-id' })
    }
    expect(
      lines()
        .filter((line) => line.event === event)
        .map(({ sessionId }) => sessionId)
        .sort(),
    ).toEqual(ended.map((row) => row.session_id).sort())
  })

  it('is not spoken of when a refresh token is nobody’s: anybody could write as many rows as they like', async () => {
    const { service, owner, lines } = await setUp()
    const requestId = randomUUID()
    await refresh(service, 'x'.repeat(43), { ...from, 'X-Request-Id': requestId }).expect(401)
    expect((await owner.query('select from audit_log where request_id = $1', [requestId])).rowCount).toBe(0)
    expect(lines()).toEqual([])
  })
})

describe('when a row cannot be written', () => {
  /** Lets the database refuse the rows of requests with this id, as if its disk were full. */
  async function refuseRows() {
    const requestId = `full-${randomUUID()}`
    const owner = await connectAsOwner()
    const name = requestId.replaceAll('-', '_')
    await owner.query(
      `create function ${name}() returns trigger language plpgsql as $$
       begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$`,
    )
    await owner.query(
      `create trigger ${name} before insert on audit_log for each row when (new.request_id = '${requestId}')
       execute function ${name}()`,
    )
    onTestFinished(async () => {
      await owner.query(`drop function ${name} cascade`)
    })
    return { ...from, 'X-Request-Id': requestId }
  }

  it('a login is not acknowledged, and leaves no session', async () => {
    const { service, user, owner, lines } = await setUp()
    const { body } = await logIn(service, user, await refuseRows()).expect(503)
    expect(body.code).toBe('database-unavailable')
    const { rows } = await owner.query(
      'select last_login_at, (select count(*) from sessions where user_id = users.id) as sessions from users where id = $1',
      [user.id],
    )
    expect(rows).toEqual([{ last_login_at: null, sessions: '0' }])
    expect(lines()).toEqual([])
  })

  it('a refresh is not acknowledged, and the token is not spent', async () => {
    const { service, user } = await setUp()
    const { refreshToken } = await logInAs(service, user)
    await refresh(service, refreshToken, await refuseRows()).expect(503)
    await refresh(service, refreshToken).expect(200)
  })

  it('a logout is not acknowledged, and the session has not ended', async () => {
    const { service, user } = await setUp()
    const { refreshToken } = await logInAs(service, user)
    const headers = await refuseRows()
    await request(service.listener).post('/logout').set(headers).send({ refreshToken }).expect(503)
    await refresh(service, refreshToken).expect(200)
  })

  it('a refusal goes out all the same, is counted, and a line has all that the row would have said', async () => {
    const { service, user } = await setUp()
    const headers = await refuseRows()
    const { body } = await logIn(service, { ...user, password: 'wrong' }, headers).expect(401)
    expect(body.code).toBe('bad-credentials')
    expect(await service.metric('auth_audit_rows_lost_total{event="login"}')).toBe(1)
    const lost = service.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'audit row lost')
    expect(lost).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'login',
        outcome: 'refused',
        reason: 'wrong-password',
        userId: user.id,
        address: '192.0.2.7',
        userAgent: 'a browser',
        requestId: headers['X-Request-Id'],
        instance: 'instance-1',
      }),
    ])
    expect(service.lines.join()).not.toContain(user.password)
  })
})
