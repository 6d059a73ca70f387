import { createServer, connect as openSocket, type Socket } from 'node:net'
import pg from 'pg'
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { createDatabase } from '../src/database.js'
import { createLogger } from '../src/logger.js'
import { createDatabaseMetrics } from '../src/metrics/database-metrics.js'
import { createMetricRegistry } from '../src/metrics/registry.js'
import { readSeries } from './prometheus-text.js'

const log = createLogger('test', 'silent', { write: () => {} })

function connectMeasured(connectionString: string, maxConnections: number) {
  const registry = createMetricRegistry()
  const database = createDatabase({ connectionString, maxConnections, log, metrics: createDatabaseMetrics(registry) })
  onTestFinished(() => database.close())
  return { database, metric: async (name: string) => readSeries(`pg_pool_${name}`, await registry.text()) }
}

const connect = (connectionString: string, maxConnections = 2) =>
  connectMeasured(connectionString, maxConnections).database

const backendOf = async (database: ReturnType<typeof connect>) =>
  (await database.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' })).rows[0]?.pid

async function endBackend(pid: number | undefined) {
  const owner = new pg.Client({ connectionString: inject('databaseUrls').owner })
  await owner.connect()
  await owner.query('select pg_terminate_backend($1)', [pid])
  await owner.end()
}

it('passes on what the database says', async () => {
  const { rows } = await connect(inject('databaseUrls').auth).query({ text: 'select 1 as one' })
  expect(rows).toEqual([{ one: 1 }])
})

it('passes on a "no" of the database as it is', async () => {
  await expect(connect(inject('databaseUrls').auth).query({ text: 'select nonsense' })).rejects.toMatchObject({
    code: '42703',
  })
})

it.each([
  ['nobody listens', async () => 'postgres://a:b@127.0.0.1:1/auth'],
  ['the password is wrong', async () => inject('databaseUrls').auth.replace(/:[0-9a-f]{64}@/, ':wrong@')],
  ['there is no such database', async () => inject('databaseUrls').auth.replace(/[^/]+$/, 'nowhere')],
  ['it does not answer', startSilentServer],
])('calls it unavailable when %s', async (_what, url) => {
  await expect(connect(await url()).query({ text: 'select 1' })).rejects.toMatchObject({
    status: 503,
    code: 'database-unavailable',
  })
})

it('works again after its connections were cut', async () => {
  const database = connect(inject('databaseUrls').auth)
  await endBackend(await backendOf(database))
  // The cut is noticed either before the next query, which then gets a new connection, or by it.
  const asked = await database.query({ text: 'select 1' }).catch((error: unknown) => error)
  if (asked instanceof Error) expect(asked).toMatchObject({ code: 'database-unavailable' })
  await expect(database.query({ text: 'select 1' })).resolves.toMatchObject({ rowCount: 1 })
})

it('calls it unavailable when the connection is cut during a query, and works again', async () => {
  const database = connect(inject('databaseUrls').auth, 1)
  const pid = await backendOf(database)
  const cut = expect(database.query({ text: 'select pg_sleep(3)' })).rejects.toMatchObject({
    code: 'database-unavailable',
  })
  await endBackend(pid)
  await cut
  expect(await backendOf(database)).not.toBe(pid)
})

it('calls it unavailable when the connection goes without a word during a query, and works again', async () => {
  const { url, cut } = await startProxy(inject('databaseUrls').auth)
  const database = connect(url, 1)
  await database.query({ text: 'select 1' })
  const lost = expect(database.query({ text: 'select pg_sleep(3)' })).rejects.toMatchObject({
    code: 'database-unavailable',
  })
  await new Promise(setImmediate)
  cut()
  await lost
  await expect(database.query({ text: 'select 1' })).resolves.toMatchObject({ rowCount: 1 })
})

it('calls it unavailable when it lost a deadlock, and works again', async () => {
  const database = connect(inject('databaseUrls').auth)
  const lock = (first: number, second: number) => ({
    // Waits as long as it takes, where Postgres would give up on a lock before it looks for deadlocks.
    text: `do $$ begin
      perform set_config('lock_timeout', '0', true), pg_advisory_xact_lock(718, ${first});
      while not exists (select from pg_locks where locktype = 'advisory' and classid = 718 and objid = ${second}) loop end loop;
      perform pg_advisory_xact_lock(718, ${second});
    end $$`,
  })
  const results = await Promise.allSettled([database.query(lock(1, 2)), database.query(lock(2, 1))])
  const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  expect(lost).toEqual([expect.objectContaining({ status: 503, code: 'database-unavailable' })])
  expect(lost[0].cause).toMatchObject({ code: '40P01' })
  await expect(database.query({ text: 'select 1' })).resolves.toMatchObject({ rowCount: 1 })
})

it('keeps the connection after a "no"', async () => {
  const database = connect(inject('databaseUrls').auth, 1)
  const pid = await backendOf(database)
  await expect(database.query({ text: 'select nonsense' })).rejects.toBeInstanceOf(pg.DatabaseError)
  expect(await backendOf(database)).toBe(pid)
})

it('does not use a connection again that did not answer in time', async () => {
  const database = connect(inject('databaseUrls').auth, 1)
  const pid = await backendOf(database)
  // Or Postgres itself gives up first, and says so.
  await database.query({ text: 'set statement_timeout = 0' })
  await expect(database.query({ text: 'select pg_sleep(6)' })).rejects.toMatchObject({ code: 'database-unavailable' })
  expect(await backendOf(database)).not.toBe(pid)
})

describe('measured, it shows', () => {
  it('who waits when every connection is in use, and for how long', async () => {
    const { database, metric } = connectMeasured(inject('databaseUrls').auth, 2)
    const slow = [1, 2].map(() => database.query({ text: 'select pg_sleep(0.5)' }))
    await vi.waitFor(async () => expect(await metric('acquire_seconds_count')).toBe(2))
    const waits = database.query({ text: 'select 1' })
    expect(await metric('max_connections')).toBe(2)
    expect(await metric('connections')).toBe(2)
    expect(await metric('idle_connections')).toBe(0)
    expect(await metric('waiting_queries')).toBe(1)
    const before = await metric('acquire_seconds_sum')
    await Promise.all([...slow, waits])
    expect(await metric('idle_connections')).toBe(2)
    expect(await metric('waiting_queries')).toBe(0)
    expect(await metric('acquire_seconds_count')).toBe(3)
    expect((await metric('acquire_seconds_sum')) - before).toBeGreaterThan(0.3)
  })

  it('the wait for a connection that was never had', async () => {
    const { database, metric } = connectMeasured(await startSilentServer(), 2)
    await expect(database.query({ text: 'select 1' })).rejects.toMatchObject({ status: 503 })
    expect(await metric('acquire_seconds_count')).toBe(1)
    expect(await metric('acquire_seconds_sum')).toBeGreaterThan(1.4)
    expect(await metric('connections')).toBe(0)
  })
})

/** A way to the database that can be cut. */
async function startProxy(databaseUrl: string) {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = openSocket(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    url: url.href,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Accepts connections and never says a word. */
async function startSilentServer(): Promise<string> {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `postgres://a:b@127.0.0.1:${(server.address() as { port: number }).port}/auth`
}
