import pg from 'pg'

/** The password of all users that are added here. */
export const filledPassword = 'the same for all of them'

/** The body of a login of one of them, by number: counted from 1, where a database was filled. */
export const loginBody = (user: number) => JSON.stringify({ username: `user-${user}`, password: filledPassword })

type Filling = { ownerUrl: string; roleUrl: string; users: number; passwordHash: string }

/**
 * Another database beside the stack's, a copy of it with so many users more, all with one password. Nobody may be connected to the
 * stack's own meanwhile. Returns the URL of the role in it.
 */
export async function createFilledDatabase({ ownerUrl, roleUrl, users, passwordHash }: Filling): Promise<string> {
  const name = `users_${users}`
  const source = new URL(ownerUrl).pathname.slice(1)
  await run(inDatabase(ownerUrl, 'postgres'), [`create database ${name} template ${source}`])
  await run(inDatabase(ownerUrl, name), [
    // Without its triggers: no row of the audit log for each of them.
    'set session_replication_role = replica',
    insertUsers(`generate_series(1, ${users})`, passwordHash),
    'vacuum analyze users',
    // Its writing would otherwise fall into the measurement.
    'checkpoint',
  ])
  return inDatabase(roleUrl, name)
}

/** Users with these numbers in the stack's own database. */
export const addUsers = (ownerUrl: string, numbers: number[], passwordHash: string) =>
  run(ownerUrl, [insertUsers(`unnest(array[${numbers}])`, passwordHash)])

/** The refresh token of one of the sessions that `createDatabaseOfSessions` makes, counted from 1. */
export const refreshTokenOf = (session: number) => `refresh-token-${session}`

type SessionsFilling = Pick<Filling, 'ownerUrl' | 'roleUrl'> & { sessions: number }

/** The same with so many live sessions, fifty of each user. Each has spent one refresh token, on the one it holds. */
export async function createDatabaseOfSessions({ ownerUrl, roleUrl, sessions }: SessionsFilling): Promise<string> {
  const name = `sessions_${sessions}`
  const source = new URL(ownerUrl).pathname.slice(1)
  await run(inDatabase(ownerUrl, 'postgres'), [`create database ${name} template ${source}`])
  const hash = (prefix: string) => `sha256(convert_to('${prefix}-' || number, 'UTF8'))`
  await run(inDatabase(ownerUrl, name), [
    `insert into users (username, password_hash)
     select 'user-' || number, (select password_hash from users where id = 1) from generate_series(1, ${sessions / 50}) as number`,
    `create temporary table numbered as
     select gen_random_uuid() as id, number from generate_series(1, ${sessions}) as number`,
    `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
     select id, 4 + number % ${sessions / 50}, now() + interval '30 days', now() + interval '90 days', now(), '192.0.2.1', repeat('x', 100)
     from numbered`,
    `insert into refresh_tokens (hash, session_id) select ${hash('refresh-token')}, id from numbered`,
    `insert into refresh_tokens (hash, session_id, spent_at, successor)
     select ${hash('spent-token')}, id, now(), ${hash('refresh-token')} from numbered`,
    'vacuum analyze sessions, refresh_tokens',
    'checkpoint',
  ])
  return inDatabase(roleUrl, name)
}

const insertUsers = (numbers: string, passwordHash: string) =>
  `insert into users (username, password_hash)
   select 'user-' || number, ${pg.escapeLiteral(passwordHash)} from ${numbers} as number`

function inDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

async function run(url: string, statements: string[]) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
