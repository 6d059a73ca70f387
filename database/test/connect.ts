import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

/** A connection of its own as a role or the owner, closed after the test. */
export async function connectAs(role: 'auth' | 'api' | 'admin' | 'owner', options: pg.ClientConfig = {}) {
  const client = new pg.Client({ connectionString: inject('databaseUrls')[role], ...options })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** A user nobody else uses, removed after the test. */
export async function addUser({ username, role = 'standard' }: { username: string; role?: string }): Promise<string> {
  const owner = await connectAs('owner')
  const { rows } = await owner.query(
    'insert into users (username, password_hash, role) values ($1, $2, $3) returning id',
    [username, anyHash, role],
  )
  onTestFinished(async () => {
    await owner.query('delete from sessions where user_id = $1', [rows[0].id])
    await owner.query('delete from users where id = $1', [rows[0].id])
  })
  return rows[0].id
}

/** A session of the user, from the day before, still alive. */
export async function addSession(userId: string): Promise<string> {
  const owner = await connectAs('owner')
  const { rows } = await owner.query(
    `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
     values (gen_random_uuid(), $1, now() + interval '1 day', now() + interval '1 day', now() + interval '1 hour', '192.0.2.1', 'test')
     returning id`,
    [userId],
  )
  return rows[0].id
}

/** Well-formed, and of no password. */
const anyHash = `$2b$10$${'a'.repeat(53)}`
export const anotherHash = `$2b$10$${'b'.repeat(53)}`
