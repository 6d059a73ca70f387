import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTemporaryFolder, startDatabase } from 'local-stack'
import pg from 'pg'
import { endSession, insertSessions } from './session-rows.js'

type Database = Awaited<ReturnType<typeof startDatabase>>

/** A Postgres that may be stopped and frozen, because nobody else uses it, and what tests do in it as its owner. */
export async function startOwnDatabase() {
  const { folder, remove } = makeTemporaryFolder()
  let database: Database = await startDatabase(folder)
  let owner = await connectOwner(database)

  const pids = async (where: string) =>
    (await owner.query<{ pid: number }>(`select pid from pg_stat_activity where ${where}`)).rows.map(({ pid }) => pid)

  return {
    authUrl: () => database.roleUrl('auth_service'),
    apiUrl: () => database.roleUrl('api_service'),
    query: (text: string, values: unknown[] = []) => owner.query(text, values),

    openSessions: (count: number, seconds?: number) => insertSessions(owner, count, seconds),
    endSession: (sid: string | undefined) => endSession(owner, sid),

    /** The process ids of the connections that listen. */
    listeners: () => pids(`application_name = 'ended-sessions'`),
    cutListeners: () =>
      owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ended-sessions'`),
    /** Stops every process of it in its tracks, and lets them go on. */
    async freeze() {
      const postmaster = Number(readFileSync(join(folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])
      const frozen = [postmaster, ...(await pids('true'))]
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
      return () => {
        for (const pid of frozen) process.kill(pid, 'SIGCONT')
      }
    },
    async stop() {
      await owner.end()
      await database.stop()
    },
    /** On another port than before. */
    async start() {
      database = await startDatabase(folder)
      owner = await connectOwner(database)
    },
    async remove() {
      await owner.end()
      await database.stop()
      remove()
    },
  }
}

export type OwnDatabase = Awaited<ReturnType<typeof startOwnDatabase>>

async function connectOwner({ ownerUrl }: Database) {
  const client = new pg.Client({ connectionString: ownerUrl })
  client.on('error', () => {})
  await client.connect()
  return client
}
