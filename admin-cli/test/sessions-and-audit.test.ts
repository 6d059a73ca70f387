import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { addSession, addUser, connectAs } from '../../database/test/connect.js'
import { runAdmin } from './run-admin.js'

let username: string
let userId: string

beforeEach(async () => {
  username = `user-${randomUUID()}`
  userId = await addUser({ username })
})

const json = async (...args: string[]) => JSON.parse((await runAdmin([...args, '--json'])).stdout)

describe('sessions', () => {
  it('lists those of a user that are alive, and ends one or all', async () => {
    const [first, second, third] = [await addSession(userId), await addSession(userId), await addSession(userId)]
    const ids = async () => ((await json('sessions', 'list', username)) as { id: string }[]).map(({ id }) => id).sort()
    expect(await ids()).toEqual([first, second, third].sort())
    expect(await json('sessions', 'end', username, first)).toEqual({ username, ended: [first] })
    expect(await ids()).toEqual([second, third].sort())
    expect((await runAdmin(['sessions', 'end', username])).stdout).toBe(`Ended 2 of ${username}'s sessions\n`)
    expect(await ids()).toEqual([])
    expect(await json('audit', '--subject', username, '--event', 'session-ended')).toHaveLength(3)
  })

  it('locks several in the order of their ids, as auth-service does, so that neither waits for the other', async () => {
    const [holder, watcher] = [await connectAs('owner'), await connectAs('owner')]
    // Written down in the other order.
    const [high, low] = [`f${randomUUID().slice(1)}`, `0${randomUUID().slice(1)}`]
    for (const id of [high, low]) {
      await holder.query('update sessions set id = $2 where id = $1', [await addSession(userId), id])
    }
    await holder.query('begin')
    await holder.query('select from sessions where id = $1 for update', [low])
    const { rows } = await holder.query('select pg_backend_pid() as pid')
    const ended = runAdmin(['sessions', 'end', username])
    const waits = 'select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))'
    const waitsForLow = async () => expect((await watcher.query(waits, [rows[0].pid])).rowCount).toBe(1)
    await vi.waitFor(waitsForLow, { timeout: 5000, interval: 10 })
    await watcher.query('select from sessions where id = $1 for update nowait', [high])
    await holder.query('commit')
    expect((await ended).stdout).toBe(`Ended 2 of ${username}'s sessions\n`)
  })

  it('does not end the session of somebody else', async () => {
    const other = `user-${randomUUID()}`
    const session = await addSession(await addUser({ username: other }))
    const { exitCode, stderr } = await runAdmin(['sessions', 'end', username, session])
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `${username} has no such session, or it has ended already\n`,
    })
    expect(await json('sessions', 'list', other)).toHaveLength(1)
  })

  it('shows what a client called itself without letting it act on the terminal', async () => {
    const owner = await connectAs('owner')
    const hostile = 'Mozilla\u001b[2J\u009b31m\u202eevil\r\n\u0007'
    await owner.query('update sessions set user_agent = $2 where id = $1', [await addSession(userId), hostile])
    const { stdout: text } = await runAdmin(['sessions', 'list', username])
    const { stdout: line } = await runAdmin(['sessions', 'list', username, '--json'])
    expect(text).toContain('Mozilla\\u001b[2J\\u009b31m\\u202eevil\\u000d\\u000a\\u0007\n')
    expect(`${text}${line}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(line)[0].userAgent).toBe(hostile)
  })
})

describe('audit', () => {
  async function record(
    at: string,
    row: { event?: string; outcome?: string; address?: string; requestId?: string } = {},
  ) {
    const owner = await connectAs('owner')
    await owner.query(
      `insert into audit_log (at, event, outcome, reason, actor, subject_id, subject, address, request_id)
       values (now() - $1::interval, $2, $3, 'bad-credentials', 'anonymous', $4, $5, $6, $7)`,
      [at, row.event ?? 'login', row.outcome ?? 'refused', userId, username, row.address ?? '192.0.2.1', row.requestId],
    )
  }

  it('finds rows by each of their facts, the newest as many as wanted, oldest first', async () => {
    const requestId = randomUUID()
    await record('3 days')
    await record('5 hours', { address: '192.0.2.99' })
    await record('2 hours', { outcome: 'ok' })
    await record('1 minute', { requestId })
    const count = async (...args: string[]) =>
      ((await json('audit', '--subject', username, '--event', 'login', ...args)) as unknown[]).length
    expect(await count()).toBe(4)
    expect(await count('--since', '4d')).toBe(4)
    expect(await count('--since', '6h')).toBe(3)
    expect(await count('--since', '90m')).toBe(1)
    expect(await count('--since', '1970-01-02T00:00Z')).toBe(4)
    expect(await count('--outcome', 'ok')).toBe(1)
    expect(await count('--address', '192.0.2.99')).toBe(1)
    expect(await count('--request', requestId)).toBe(1)
    expect(await count('--actor', 'anonymous')).toBe(4)
    expect(await count('--actor', "x' or true --")).toBe(0)
    const last = (await json('audit', '--subject', username, '--limit', '2')) as { event: string; requestId: string }[]
    expect(last).toMatchObject([{ requestId }, { event: 'user-added' }])
  })

  it('tells people the same in columns', async () => {
    await record('1 minute')
    const { stdout } = await runAdmin(['audit', '--subject', username, '--event', 'login'])
    expect(stdout).toMatch(/^TIME +EVENT +OUTCOME +REASON +SUBJECT +ACTOR +ADDRESS +REQUEST +DETAILS\n/)
    expect(stdout).toMatch(new RegExp(`Z +login +refused +bad-credentials +${username} +anonymous +192.0.2.1 +- +-\n$`))
  })

  it.each([
    ['--since', 'yesterday'],
    ['--since', '-1h'],
    ['--since', '0001-01-01'],
    ['--limit', '0'],
    ['--limit', '1e3'],
    ['--limit', '10; drop table users'],
  ])('does not understand %s %s', async (option, value) => {
    const { exitCode, stdout, stderr } = await runAdmin(['audit', `${option}=${value}`])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^${option}: is .*\n$`))
  })
})
