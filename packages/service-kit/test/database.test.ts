import { createServer } from 'node:net'
import pg from 'pg'
import { expect, inject, it, onTestFinished } from 'vitest'
import { createDatabase } from '../src/database.js'
import { createLogger } from '../src/logger.js'

const log = createLogger('test', 'silent')

const connect = (connectionString: string) => {
  const database = createDatabase({ connectionString, maxConnections: 2, log })
  onTestFinished(() => database.close())
  return database
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
  ['it does not answer', startSilentServer],
])('calls it unavailable when %s', async (_what, url) => {
  await expect(connect(await url()).query({ text: 'select 1' })).rejects.toMatchObject({
    status: 503,
    code: 'database-unavailable',
  })
})

it('works again after its connections were cut', async () => {
  const database = connect(inject('databaseUrls').auth)
  const { rows } = await database.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' })
  const owner = new pg.Client({ connectionString: inject('databaseUrls').owner })
  await owner.connect()
  await owner.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await owner.end()
  // The cut is noticed either before the next query, which then gets a new connection, or by it.
  const asked = await database.query({ text: 'select 1' }).catch((error: unknown) => error)
  if (asked instanceof Error) expect(asked).toMatchObject({ code: 'database-unavailable' })
  await expect(database.query({ text: 'select 1' })).resolves.toMatchObject({ rowCount: 1 })
})

/** Accepts connections and never says a word. */
async function startSilentServer(): Promise<string> {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `postgres://a:b@127.0.0.1:${(server.address() as { port: number }).port}/auth`
}
