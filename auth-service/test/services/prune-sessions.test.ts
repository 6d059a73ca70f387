import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { connectAsOwner, logInAs, newUser } from '../sessions-of-users.js'
import { startAuthService } from '../start-auth-service.js'

const signal = new AbortController().signal

const count = async (table: 'sessions' | 'refresh_tokens', sessionId: string) => {
  const column = table === 'sessions' ? 'id' : 'session_id'
  const sql = `select from ${table} where ${column} = $1`
  return (await (await connectAsOwner()).query(sql, [sessionId])).rowCount
}

/** As if a session's access token had expired, and the session been idle for too long, so many seconds ago. */
const age = async (sessionId: string, changes: { accessExpiredFor?: number; idleFor?: number }) => {
  const owner = await connectAsOwner()
  const set = async (column: string, seconds: number) => {
    const sql = `update sessions set ${column} = now() - make_interval(secs => $2) where id = $1`
    await owner.query(sql, [sessionId, seconds])
  }
  if (changes.accessExpiredFor) await set('access_expires_at', changes.accessExpiredFor)
  if (changes.idleFor) await set('idle_expires_at', changes.idleFor)
}

describe('removes', () => {
  it('a session that ended, once its last access token has expired everywhere', async () => {
    const service = await startAuthService()
    const { sessionId, refreshToken } = await logInAs(service)
    await request(service.listener).post('/logout').send({ refreshToken }).expect(204)
    await service.pruneSessions(signal)
    expect(await count('sessions', sessionId)).toBe(1)
    await age(sessionId, { accessExpiredFor: 59 })
    await service.pruneSessions(signal)
    expect(await count('sessions', sessionId)).toBe(1)
    await age(sessionId, { accessExpiredFor: 61 })
    await service.pruneSessions(signal)
    expect(await count('sessions', sessionId)).toBe(0)
    expect(await count('refresh_tokens', sessionId)).toBe(0)
  })

  it('a session that was not used for too long, once its last access token has expired everywhere', async () => {
    const service = await startAuthService()
    const { sessionId } = await logInAs(service)
    await age(sessionId, { idleFor: 1, accessExpiredFor: 59 })
    await service.pruneSessions(signal)
    expect(await count('sessions', sessionId)).toBe(1)
    await age(sessionId, { accessExpiredFor: 61 })
    await service.pruneSessions(signal)
    expect(await count('sessions', sessionId)).toBe(0)
  })

  it('a refresh token spent so long ago that it would be refused for being idle as well', async () => {
    const service = await startAuthService()
    const owner = await connectAsOwner()
    const { sessionId, refreshToken } = await logInAs(service)
    const { body } = await request(service.listener).post('/refresh').send({ refreshToken }).expect(200)
    const spentFor = (days: number, seconds: number) =>
      owner.query(
        'update refresh_tokens set spent_at = now() - make_interval(days => $2, secs => $3) where session_id = $1 and spent_at is not null',
        [sessionId, days, seconds],
      )
    await spentFor(30, -60)
    await service.pruneSessions(signal)
    expect(await count('refresh_tokens', sessionId)).toBe(2)
    await spentFor(30, 1)
    await service.pruneSessions(signal)
    expect(await count('refresh_tokens', sessionId)).toBe(1)
    await request(service.listener).post('/refresh').send({ refreshToken }).expect(401)
    await request(service.listener).post('/refresh').send({ refreshToken: body.refreshToken }).expect(200)
  })

  it('all of them, however many, and says how many', async () => {
    const service = await startAuthService()
    const owner = await connectAsOwner()
    const { id } = await newUser()
    await owner.query(
      `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
       select gen_random_uuid(), $1, now(), now(), now() - interval '2 minutes', '', '' from generate_series(1, 95)`,
      [id],
    )
    await service.pruneSessions(signal)
    expect((await owner.query('select from sessions where user_id = $1', [id])).rowCount).toBe(0)
    expect(await service.metric('auth_session_rows_removed_total{table="sessions"}')).toBeGreaterThanOrEqual(95)
  })
})

it('leaves a live session alone, and one that somebody is using it does not wait for', async () => {
  const service = await startAuthService()
  const live = await logInAs(service)
  const locked = await logInAs(service)
  await age(locked.sessionId, { idleFor: 1, accessExpiredFor: 61 })
  const holder = await connectAsOwner()
  await holder.query('begin')
  await holder.query('select from sessions where id = $1 for update', [locked.sessionId])
  await service.pruneSessions(signal)
  expect(await count('sessions', live.sessionId)).toBe(1)
  expect(await count('sessions', locked.sessionId)).toBe(1)
  await holder.query('commit')
  await service.pruneSessions(signal)
  expect(await count('sessions', locked.sessionId)).toBe(0)
})
