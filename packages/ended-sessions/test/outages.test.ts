import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type OwnDatabase, startOwnDatabase } from './own-database.js'
import { type Instance, startEndedSessions } from './start-ended-sessions.js'
import { startProxy } from './start-proxy.js'

// A connection that does not answer is asked after a second, and given two; the rest is for a machine that is busy.
const noticedMs = 3000 + 1500

const [hears, doesNotHear] = ['hears of ended sessions', 'does not hear of ended sessions']

let database: OwnDatabase

beforeAll(async () => {
  database = await startOwnDatabase()
}, 60_000)
afterAll(() => database.remove())

async function startReady(...args: Parameters<typeof startEndedSessions>) {
  const instance = startEndedSessions(...args)
  await instance.firstRead
  return instance
}

const becomes = async (instance: Instance, expected: 'OK' | 'degraded', timeout = 10_000) => {
  const startedAt = performance.now()
  await vi.waitFor(async () => expect(await instance.check()).toBe(expected), { timeout, interval: 5 })
  return performance.now() - startedAt
}

const untilEnded = (instance: Instance, sids: string[]) =>
  vi.waitFor(() => expect(sids.filter((sid) => instance.stateOf(sid) !== 'ended')).toEqual([]), {
    timeout: 10_000,
    interval: 5,
  })

it('loses no session that ends while its connection is cut, and says one line when it goes and one when it is back', async () => {
  const proxy = await startProxy(database.apiUrl())
  const instance = await startReady(proxy.url)
  const [before, meanwhile] = await database.openSessions(2)
  await database.endSession(before)
  await untilEnded(instance, [before as string])

  proxy.cut()
  await becomes(instance, 'degraded')
  await database.endSession(meanwhile)
  expect(await instance.metric('channel_up')).toBe(0)
  // Several attempts, one line.
  await vi.waitFor(async () => expect(await instance.metric('unconfirmed_seconds')).toBeGreaterThan(2), 10_000)
  expect(instance.stateOf(meanwhile)).toBe('open')
  proxy.open()
  await untilEnded(instance, [before as string, meanwhile as string])

  expect(instance.messages()).toEqual([hears, doesNotHear, hears])
  expect(await instance.metric('channel_up')).toBe(1)
  expect(await instance.metric('reconnects_total')).toBe(1)
  // What the outage cost the second of the two is not hidden.
  expect(await instance.metric('delay_seconds_count')).toBe(2)
  expect(await instance.metric('delay_seconds_sum')).toBeGreaterThan(1)
})

it('loses none of 200 that end on three instances while their backends are terminated again and again', async () => {
  const instances = await Promise.all([1, 2, 3].map(() => startReady(database.apiUrl())))
  const sids = await database.openSessions(200)
  for (const [index, sid] of sids.entries()) {
    if (index % 10 === 0) void database.cutListeners()
    await database.endSession(sid)
  }
  await Promise.all(instances.map((instance) => untilEnded(instance, sids)))
  for (const instance of instances) expect(await instance.metric('reconnects_total')).toBeGreaterThan(0)
})

it('notices a connection that is open and dead, and hears again by another', async () => {
  const proxy = await startProxy(database.apiUrl())
  const instance = await startReady(proxy.url)
  const [sid] = await database.openSessions(1)
  proxy.freeze()
  await database.endSession(sid)
  expect(await becomes(instance, 'degraded')).toBeLessThan(noticedMs)
  proxy.thaw()
  await untilEnded(instance, [sid as string])
})

it('notices a backend that is frozen, and hears again by another', async () => {
  const instance = await startReady(database.authUrl())
  const [sid] = await database.openSessions(1)
  const [backend] = await database.listeners()
  process.kill(backend as number, 'SIGSTOP')
  try {
    await database.endSession(sid)
    const startedAt = performance.now()
    await untilEnded(instance, [sid as string])
    expect(performance.now() - startedAt).toBeLessThan(noticedMs)
    expect(instance.messages()).toEqual([hears, doesNotHear, hears])
  } finally {
    process.kill(backend as number, 'SIGCONT')
  }
})

it('notices that all of Postgres is frozen, and goes on when it thaws', async () => {
  const instance = await startReady(database.authUrl())
  const thaw = await database.freeze()
  try {
    expect(await becomes(instance, 'degraded')).toBeLessThan(noticedMs)
  } finally {
    thaw()
  }
  const [sid] = await database.openSessions(1)
  await database.endSession(sid)
  await untilEnded(instance, [sid as string])
})

it('goes on, and has lost nothing, after Postgres was restarted', async () => {
  const proxy = await startProxy(database.apiUrl())
  const instances = await Promise.all([1, 2, 3].map(() => startReady(proxy.url)))
  const [before, last] = await database.openSessions(2)
  proxy.freeze()
  // Committed, and never told by this Postgres.
  await database.endSession(before)
  proxy.cut()
  proxy.thaw()
  await database.stop()
  await database.start()
  proxy.open(database.apiUrl())
  await Promise.all(instances.map((instance) => untilEnded(instance, [before as string])))
  await database.endSession(last)
  await Promise.all(instances.map((instance) => untilEnded(instance, [last as string])))
})

describe('while it cannot hear', () => {
  /** An instance with a clock of its own, and a connection that can be cut. */
  async function startWithClock(stalenessSeconds: number) {
    let passedMs = 0
    const proxy = await startProxy(database.apiUrl())
    const instance = startEndedSessions(proxy.url, { stalenessSeconds, monotonicMs: () => passedMs })
    return {
      proxy,
      instance,
      pass(seconds: number) {
        passedMs += seconds * 1000
      },
    }
  }

  it('goes on with what it knows for so long, then says that it cannot tell, and recovers', async () => {
    const { proxy, instance, pass } = await startWithClock(30)
    await instance.firstRead
    const [ended, open] = await database.openSessions(2)
    await database.endSession(ended)
    await untilEnded(instance, [ended as string])
    const states = () => [ended, open, undefined].map((sid) => instance.stateOf(sid))

    proxy.cut()
    await becomes(instance, 'degraded')
    pass(30)
    expect(states()).toEqual(['ended', 'open', 'open'])
    expect(await instance.check()).toBe('degraded')
    pass(0.001)
    expect(states()).toEqual(['ended', 'unknown', 'open'])
    await expect(instance.check()).rejects.toThrow('it was last sure to know every ended session 30 s ago')
    expect(await instance.metric('unconfirmed_seconds')).toBeCloseTo(30.001)

    proxy.open()
    await becomes(instance, 'OK')
    expect(states()).toEqual(['ended', 'open', 'open'])
  })

  it('at the start, says that it cannot tell until it has read for the first time', async () => {
    const { proxy, instance } = await startWithClock(30)
    proxy.cut()
    const [ended, open] = await database.openSessions(2)
    await database.endSession(ended)
    const states = () => [ended, open, undefined].map((sid) => instance.stateOf(sid))
    await vi.waitFor(() => expect(instance.messages()).toEqual([doesNotHear]), 5000)
    expect(states()).toEqual(['unknown', 'unknown', 'open'])
    await expect(instance.check()).rejects.toThrow('it was last sure')
    proxy.open()
    await instance.firstRead
    expect(states()).toEqual(['ended', 'open', 'open'])
    expect(await instance.metric('reconnects_total')).toBe(0)
    expect(await instance.metric('delay_seconds_count')).toBe(0)
  })

  it('can be closed', async () => {
    const proxy = await startProxy(database.apiUrl())
    const instance = await startReady(proxy.url)
    proxy.cut()
    await becomes(instance, 'degraded')
    await instance.close()
    expect(await database.listeners()).toEqual([])
  })
})

it('does not take a password that is wrong for a reason to end', async () => {
  const url = new URL(database.apiUrl())
  url.password = 'wrong'
  const instance = startEndedSessions(url.href)
  await vi.waitFor(() => expect(instance.messages()).toEqual([doesNotHear]), 5000)
  expect(instance.lines.join()).not.toContain('wrong')
})
