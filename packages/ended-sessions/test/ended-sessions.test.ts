import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mistakesIn, promtoolOn } from '../../service-kit/test/prometheus-text.js'
import { type OwnDatabase, startOwnDatabase } from './own-database.js'
import { type Instance, startEndedSessions } from './start-ended-sessions.js'
import { startProxy } from './start-proxy.js'

let database: OwnDatabase

beforeAll(async () => {
  database = await startOwnDatabase()
}, 60_000)
afterAll(() => database.remove())

/** An instance that has read what had ended. */
async function startReady(...args: Parameters<typeof startEndedSessions>) {
  const instance = startEndedSessions(...args)
  await instance.firstRead
  return instance
}

const openSession = async (seconds?: number) => (await database.openSessions(1, seconds))[0] as string

const untilEnded = (instance: Instance, sids: string[], timeout = 5000) =>
  vi.waitFor(() => expect(sids.filter((sid) => instance.stateOf(sid) !== 'ended')).toEqual([]), {
    timeout,
    interval: 2,
  })

/** Bytes of the heap that are in use when all that can be freed has been. */
function heapHeld(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('a session that ends', () => {
  it('is known to every instance of both services within 100 ms of the commit', async () => {
    const urls = [database.authUrl(), database.authUrl(), database.authUrl(), database.apiUrl(), database.apiUrl()]
    const instances = await Promise.all(urls.map((url) => startReady(url)))
    const sid = await openSession()
    expect(instances.map((instance) => instance.stateOf(sid))).toEqual(urls.map(() => 'open'))
    await database.endSession(sid)
    await Promise.all(instances.map((instance) => untilEnded(instance, [sid], 100)))
  })

  it('says nothing about others, nor about tokens of no session', async () => {
    const instance = await startReady(database.apiUrl())
    const [ended, other] = [await openSession(), await openSession()]
    await database.endSession(ended)
    await untilEnded(instance, [ended])
    expect([instance.stateOf(other), instance.stateOf(undefined)]).toEqual(['open', 'open'])
  })

  it('is known to an instance that starts just after, before it calls any session open', async () => {
    const sid = await openSession()
    await database.endSession(sid)
    const instance = startEndedSessions(database.apiUrl())
    const seen = new Set<string>()
    await vi.waitFor(
      () => {
        seen.add(instance.stateOf(sid))
        expect(instance.stateOf(sid)).toBe('ended')
      },
      { timeout: 5000, interval: 1 },
    )
    expect([...seen]).toEqual(['unknown', 'ended'])
  })

  it('is told by what ends it, whatever that is', async () => {
    const instance = await startReady(database.apiUrl())
    const [byUser] = await database.openSessions(1)
    await database.query('update users set disabled_at = now() where id = 1')
    await database.query('update users set disabled_at = null where id = 1')
    await untilEnded(instance, [byUser as string])
  })

  it('is not told by a transaction that is rolled back', async () => {
    const instance = await startReady(database.apiUrl())
    const [rolledBack, ended] = [await openSession(), await openSession()]
    await database.query('begin')
    await database.endSession(rolledBack)
    await database.query('rollback')
    await database.endSession(ended)
    await untilEnded(instance, [ended])
    expect(instance.stateOf(rolledBack)).toBe('open')
  })
})

describe('between listening and reading nothing is lost: a session that ends', () => {
  it.each([
    ['before it listens', /listen session_ended/],
    ['while it has not yet read', /from sessions/],
  ])('%s', async (_when, query) => {
    const sid = await openSession()
    let isEnded = false
    const proxy = await startProxy(database.apiUrl(), async (text) => {
      if (isEnded || !query.test(text)) return
      isEnded = true
      await database.endSession(sid)
    })
    const instance = await startReady(proxy.url)
    expect(isEnded).toBe(true)
    await untilEnded(instance, [sid])
  })
})

describe('a notification', () => {
  const notify = async (url: string, payload: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`select pg_notify('session_ended', $1)`, [payload])
    await client.end()
  }

  it('that is malformed is ignored, with a line in the log that does not repeat it', async () => {
    const instance = await startReady(database.apiUrl())
    await notify(database.apiUrl(), 'everybody')
    const ignored = 'ignored a notification that is not of an ended session'
    await vi.waitFor(() => expect(instance.messages()).toContain(ignored))
    expect(instance.lines.join()).not.toContain('everybody')
    const sid = await openSession()
    await database.endSession(sid)
    await untilEnded(instance, [sid])
  })

  it('that is forged, as any role of the database can, ends a session and opens none', async () => {
    const instance = await startReady(database.authUrl())
    const [ended, forged] = [await openSession(), await openSession()]
    await database.endSession(ended)
    await untilEnded(instance, [ended])
    await notify(database.apiUrl(), `${forged} 4102444800 0`)
    await notify(database.apiUrl(), `${ended} 0 0`)
    await untilEnded(instance, [ended, forged])
  })

  it('that comes twice counts once', async () => {
    const instance = await startReady(database.apiUrl())
    const [known, counted] = [await instance.metric('known'), await instance.metric('delay_seconds_count')]
    const [sid, last] = [await openSession(), await openSession()]
    await database.endSession(sid)
    await notify(database.authUrl(), `${sid} ${Math.floor(Date.now() / 1000) + 900} ${Date.now()}`)
    await database.endSession(last)
    await untilEnded(instance, [last])
    expect(await instance.metric('known')).toBe(known + 2)
    expect(await instance.metric('delay_seconds_count')).toBe(counted + 2)
  })
})

describe('what is remembered', () => {
  it('is forgotten when no token of it can live', async () => {
    let passedMs = 0
    const instance = await startReady(database.apiUrl(), { nowMs: () => Date.now() + passedMs })
    const sid = await openSession(900)
    await database.endSession(sid)
    await untilEnded(instance, [sid])
    passedMs = 962_000
    await vi.waitFor(() => expect(instance.stateOf(sid)).toBe('open'), { timeout: 5000 })
    expect(await instance.metric('known')).toBe(0)
  })

  it('is not read again at the start when no token of it can live', async () => {
    const [past, justPast] = [await openSession(-120), await openSession(-30)]
    await database.endSession(past)
    await database.endSession(justPast)
    const instance = await startReady(database.apiUrl())
    expect([instance.stateOf(past), instance.stateOf(justPast)]).toEqual(['open', 'ended'])
  })
})

describe('measured, it shows', () => {
  it('how long an end took to be known, and how many are', async () => {
    const instance = await startReady(database.authUrl())
    const known = await instance.metric('known')
    expect(await instance.metric('delay_seconds_count')).toBe(0)
    const sids = await database.openSessions(20)
    for (const sid of sids) await database.endSession(sid)
    await untilEnded(instance, sids)
    expect(await instance.metric('known')).toBe(known + 20)
    expect(await instance.metric('delay_seconds_count')).toBe(20)
    expect((await instance.metric('delay_seconds_sum')) / 20).toBeLessThan(0.1)
    expect(await instance.metric('channel_up')).toBe(1)
    expect(await instance.metric('unconfirmed_seconds')).toBeLessThan(2)
  })

  it('Prometheus text that names no session', async (context) => {
    const instance = await startReady(database.authUrl())
    const sid = await openSession()
    await database.endSession(sid)
    await untilEnded(instance, [sid])
    const text = await instance.text()
    expect(mistakesIn(text)).toEqual([])
    expect(text).not.toContain(sid)
    expect(promtoolOn(text, context)).toBe('')
  })
})

it('leaves no connection behind when it is closed', async () => {
  const instance = await startReady(database.apiUrl())
  await vi.waitFor(async () => expect(await database.listeners()).toHaveLength(1), { timeout: 5000 })
  await instance.close()
  await vi.waitFor(async () => expect(await database.listeners()).toEqual([]), { timeout: 5000 })
})

it('reads 100,000 at the start in less than two seconds, and holds them in less than 25 MB', async () => {
  await database.query(
    `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent, ended_at, end_reason)
       select gen_random_uuid(), 1, now() + '30 days', now() + '90 days', now() + '15 minutes', '192.0.2.1', 'test', now(), 'logout'
         from generate_series(1, 100000)`,
  )
  await database.query('analyze sessions')
  const heapBefore = heapHeld()
  const startedAt = performance.now()
  const instance = await startReady(database.apiUrl())
  const ms = performance.now() - startedAt
  const megabytes = (heapHeld() - heapBefore) / 1e6
  console.log(`100,000 ended sessions: read in ${ms.toFixed(0)} ms, ${megabytes.toFixed(1)} MB more heap`)
  expect(await instance.metric('known')).toBeGreaterThanOrEqual(100_000)
  expect(ms).toBeLessThan(2000)
  expect(megabytes).toBeLessThan(25)
  await database.query('delete from sessions')
})
