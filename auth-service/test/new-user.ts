import { randomUUID } from 'node:crypto'
import bcrypt from 'bcrypt'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

export const newUserPassword = 'the right one'

/** A connection as one of the roles, closed after the test. */
export async function connectAs(role: 'auth' | 'api' | 'owner') {
  const client = new pg.Client({ connectionString: inject('databaseUrls')[role] })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** A user no other test knows, with `newUserPassword`. */
export async function newUser(passwordHash = bcrypt.hashSync(newUserPassword, 4)) {
  const owner = await connectAs('owner')
  const username = `user-${randomUUID()}`
  const { rows } = await owner.query<{ id: string }>(
    'insert into users (username, password_hash) values ($1, $2) returning id',
    [username, passwordHash],
  )
  const id = rows[0]?.id ?? ''
  const storedHash = async () =>
    (await owner.query<{ hash: string }>('select password_hash as hash from users where id = $1', [id])).rows[0]
      ?.hash ?? ''
  return { id, username, owner, storedHash }
}
