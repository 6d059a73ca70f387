import pg from 'pg'

/** The password of all users that `createFilledDatabase` makes. */
export const filledPassword = 'the same for all of them'

/** The body of a login of one of them, counted from 1. */
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
    `insert into users (username, password_hash)
     select 'user-' || number, ${pg.escapeLiteral(passwordHash)} from generate_series(1, ${users}) as number`,
    'vacuum analyze users',
    // Its writing would otherwise fall into the measurement.
    'checkpoint',
  ])
  return inDatabase(roleUrl, name)
}

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
