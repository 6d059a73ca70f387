import { randomUUID } from 'node:crypto'
import pg from 'pg'

type Db = Pick<pg.Client, 'query'>

/** Makes sessions of alice, whose access tokens live for so many seconds. Resolves to their ids. */
export async function insertSessions(db: Db, count: number, seconds = 900): Promise<string[]> {
  const sids = Array.from({ length: count }, () => randomUUID())
  await db.query(
    `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
       select id, 1, now() + '30 days', now() + '90 days', now() + make_interval(secs => $2), '192.0.2.1', 'test'
         from unnest($1::uuid[]) as id`,
    [sids, seconds],
  )
  return sids
}

export const endSession = (db: Db, sid: string | undefined) =>
  db.query(`update sessions set ended_at = now(), end_reason = 'logout' where id = $1`, [sid])

/** A session, and what ends it; `ownerUrl` may write there. */
export async function openThenEnd(ownerUrl: string): Promise<[sid: string, end: () => Promise<void>]> {
  const [sid = ''] = await asOwner(ownerUrl, (owner) => insertSessions(owner, 1))
  return [sid, () => asOwner(ownerUrl, async (owner) => void (await endSession(owner, sid)))]
}

/** Two sessions, of which the second has ended. */
export async function openAndEnded(ownerUrl: string): Promise<[open: string, ended: string]> {
  const [open] = await openThenEnd(ownerUrl)
  const [ended, end] = await openThenEnd(ownerUrl)
  await end()
  return [open, ended]
}

async function asOwner<Result>(ownerUrl: string, use: (owner: pg.Client) => Promise<Result>) {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  try {
    return await use(owner)
  } finally {
    await owner.end()
  }
}
