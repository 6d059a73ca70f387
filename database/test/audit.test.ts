import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { beforeEach, describe, expect, it } from 'vitest'
import { addSession, addUser, anotherHash, connectAs } from './connect.js'

let userId: string
let username: string
let owner: pg.Client

beforeEach(async () => {
  username = `user-${randomUUID()}`
  owner = await connectAs('owner', { application_name: 'psql' })
  userId = await addUser({ username })
})

/** What the log says of the user, but for the row of being added. */
async function rowsAbout(subjectId: string) {
  const { rows } = await owner.query(
    "select * from audit_log where subject_id = $1 and event <> 'user-added' order by at, id",
    [subjectId],
  )
  return rows
}

const eventsOf = (rows: { event: string }[]) => rows.map(({ event }) => event)

describe('a change to a user is one row, whatever tool makes it', () => {
  it.each([
    ['password-changed', `update users set password_hash = '${anotherHash}' where id = $1`, null],
    ['role-changed', "update users set role = 'admin' where id = $1", { from: 'standard', to: 'admin' }],
    ['user-disabled', 'update users set disabled_at = now() where id = $1', null],
    ['user-deleted', 'delete from users where id = $1', null],
  ])('%s', async (event, sql, details) => {
    await owner.query(sql, [userId])
    const rows = await rowsAbout(userId)
    expect(rows).toEqual([
      expect.objectContaining({
        event,
        outcome: 'ok',
        actor: 'database:postgres',
        instance: 'psql',
        subject: username,
        details,
        recorded_by: 'postgres',
      }),
    ])
  })

  it('user-added, also of many at once', async () => {
    await owner.query('begin')
    const { rows: added } = await owner.query(
      `insert into users (username, password_hash) select $1 || n, $2 from generate_series(1, 3) as n returning id`,
      [`more-${randomUUID()}-`, anotherHash],
    )
    const { rows } = await owner.query(
      "select event, details from audit_log where subject_id = any($1) and event = 'user-added'",
      [added.map(({ id }) => id)],
    )
    await owner.query('rollback')
    expect(rows).toEqual(Array(3).fill({ event: 'user-added', details: { role: 'standard' } }))
  })

  it('user-enabled', async () => {
    await owner.query('update users set disabled_at = now() where id = $1', [userId])
    await owner.query('update users set disabled_at = null where id = $1', [userId])
    expect(eventsOf(await rowsAbout(userId))).toEqual(['user-disabled', 'user-enabled'])
  })

  it('none, when nothing has changed', async () => {
    await owner.query(
      'update users set password_hash = password_hash, role = role, disabled_at = disabled_at, last_login_at = now() where id = $1',
      [userId],
    )
    expect(await rowsAbout(userId)).toEqual([])
  })
})

describe('the end of a session is one row', () => {
  it.each([
    ['logout', 'logout'],
    ['refresh-token-reused', 'refresh-token-reused'],
    ['ended-by-user', 'session-ended'],
    ['ended-by-admin', 'session-ended'],
  ])('%s: %s', async (reason, event) => {
    const session = await addSession(userId)
    const end = 'update sessions set ended_at = now(), end_reason = $2 where id = $1'
    await owner.query(end, [session, reason])
    await owner.query(end, [session, reason])
    expect(await rowsAbout(userId)).toEqual([
      expect.objectContaining({
        event,
        reason,
        session_id: session,
        subject: username,
        actor: 'database:postgres',
        instance: 'psql',
      }),
    ])
  })

  it('also when a changed password or a disabled user ends it', async () => {
    await addSession(userId)
    await addSession(userId)
    await owner.query(`update users set password_hash = '${anotherHash}' where id = $1`, [userId])
    await addSession(userId)
    await owner.query('update users set disabled_at = now() where id = $1', [userId])
    const rows = await rowsAbout(userId)
    expect(rows.map(({ event, reason }) => [event, reason]).sort()).toEqual([
      ['password-changed', null],
      ['session-ended', 'password-changed'],
      ['session-ended', 'password-changed'],
      ['session-ended', 'user-disabled'],
      ['user-disabled', null],
    ])
  })
})

describe('who changes something for somebody', () => {
  const context = {
    actor: 'user',
    address: '192.0.2.7',
    userAgent: 'a browser',
    requestId: 'request-1',
  }

  it('can say so in the same statement', async () => {
    const auth = await connectAs('auth')
    const session = await addSession(userId)
    await auth.query(
      `with context as (select set_config('audit.context', $2, true) as set)
       update sessions set ended_at = now(), end_reason = 'logout' from context where id = $1 and context.set is not null`,
      [session, JSON.stringify(context)],
    )
    expect(await rowsAbout(userId)).toEqual([
      expect.objectContaining({
        actor: `user:${username}`,
        address: '192.0.2.7',
        user_agent: 'a browser',
        request_id: 'request-1',
        recorded_by: 'auth_service',
      }),
    ])
  })

  it('is not taken for whoever comes next on the connection', async () => {
    await owner.query('begin')
    await owner.query("select set_config('audit.context', $1, true)", [JSON.stringify(context)])
    await owner.query('commit')
    await owner.query("update users set role = 'admin' where id = $1", [userId])
    expect((await rowsAbout(userId))[0]).toMatchObject({ actor: 'database:postgres', address: null })
  })

  it('changes nothing when what it says cannot be read', async () => {
    await owner.query("set audit.context = 'no json'")
    await expect(owner.query("update users set role = 'admin' where id = $1", [userId])).rejects.toThrow('json')
    const { rows } = await owner.query('select role from users where id = $1', [userId])
    expect(rows).toEqual([{ role: 'standard' }])
  })
})

it('undoes a change that cannot be recorded', async () => {
  await owner.query('begin')
  await owner.query('alter table audit_log add constraint disk_is_full check (false) not valid')
  await owner.query('savepoint before')
  await expect(owner.query("update users set role = 'admin' where id = $1", [userId])).rejects.toMatchObject({
    constraint: 'disk_is_full',
  })
  await owner.query('rollback to before')
  const { rows } = await owner.query('select role from users where id = $1', [userId])
  expect(rows).toEqual([{ role: 'standard' }])
  await owner.query('rollback')
})

it.each([
  ['an event that is no word', { event: 'Log in' }, 'event_is_a_word'],
  ['an outcome there is not', { outcome: 'maybe' }, 'outcome_is_known'],
  ['a refusal without a reason', { outcome: 'refused' }, 'refusal_has_a_reason'],
])('refuses %s', async (_what, change, constraint) => {
  const { event, outcome } = { event: 'login', outcome: 'ok', ...change }
  await expect(
    owner.query("insert into audit_log (event, outcome, actor) values ($1, $2, 'anonymous')", [event, outcome]),
  ).rejects.toMatchObject({ constraint })
})

describe('pruning', () => {
  it('removes what is older than 400 days and nothing younger, also when a service asks', async () => {
    await owner.query(
      `insert into audit_log (at, event, actor, subject_id)
       select now() - age, 'login', 'anonymous', $1 from unnest(array[interval '401 days', '399 days', '0 days']) as age`,
      [userId],
    )
    const { rows } = await (await connectAs('auth')).query('select prune_audit_log() as removed')
    expect(Number(rows[0].removed)).toBeGreaterThanOrEqual(1)
    const left = await owner.query(
      "select round(extract(epoch from now() - at) / 86400) as days from audit_log where subject_id = $1 and event = 'login' order by at",
      [userId],
    )
    expect(left.rows.map(({ days }) => Number(days))).toEqual([399, 0])
  })

  it('takes some thousand rows a call, by an index', async () => {
    await owner.query('begin')
    await owner.query(
      "insert into audit_log (at, event, actor) select now() - interval '500 days', 'login', 'x' from generate_series(1, 1500)",
    )
    const removed = async () => Number((await owner.query('select prune_audit_log() as removed')).rows[0].removed)
    expect([await removed(), await removed(), await removed()]).toEqual([1000, 500, 0])
    await owner.query('rollback')
  })
})
