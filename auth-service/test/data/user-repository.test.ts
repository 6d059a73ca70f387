import { createDatabase, createLogger, createServiceMetrics } from '@auth-stack/service-kit'
import pg from 'pg'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createUserRepository } from '../../src/data/user-repository.js'
import { connectAsOwner, newUser } from '../sessions-of-users.js'

async function connectAs(role: 'auth' | 'owner') {
  const client = new pg.Client({ connectionString: inject('databaseUrls')[role] })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

it('finds a user by the exact name, and says who is disabled', async () => {
  const log = createLogger('test', 'silent', { write: () => {} })
  const metrics = createServiceMetrics()
  const database = createDatabase({
    connectionString: inject('databaseUrls').auth,
    maxConnections: 1,
    log,
    metrics: metrics.database,
  })
  onTestFinished(async () => {
    metrics.close()
    await database.close()
  })
  const users = createUserRepository(database)
  expect(await users.findByUsername('bob')).toEqual({ id: '2', passwordHash: expect.any(String), isDisabled: false })
  expect(await users.findByUsername('BOB')).toBeUndefined()
  expect(await users.findByUsername('bob ')).toBeUndefined()
  const { id, username } = await newUser()
  expect(await users.findByUsername(username)).toMatchObject({ id, isDisabled: false })
  await (await connectAsOwner()).query('update users set disabled_at = now() where id = $1', [id])
  expect(await users.findByUsername(username)).toMatchObject({ id, isDisabled: true })
})

describe('the users table refuses', () => {
  const hash = `$2b$10$${'a'.repeat(53)}`
  it.each([
    ['a hash that is no bcrypt', 'eve', 'plain text', 'password_hash_is_bcrypt'],
    ['a $2x$ hash, which one engine does not read', 'eve', hash.replace('2b', '2x'), 'password_hash_is_bcrypt'],
    ['a pepper id that is none', 'eve', `{pepper}${hash}`, 'password_hash_is_bcrypt'],
    ['a hash that is too short', 'eve', hash.slice(0, -1), 'password_hash_is_bcrypt'],
    ['a hash that is too long', 'eve', `${hash}a`, 'password_hash_is_bcrypt'],
    ['a pepper id before too short a hash', 'eve', `{0123abcd}${hash.slice(0, -10)}`, 'password_hash_is_bcrypt'],
    ['a pepper id after a hash', 'eve', `${hash}{0123abcd}`, 'password_hash_is_bcrypt'],
    ['a cost below 4', 'eve', hash.replace('$10$', '$03$'), 'password_hash_is_bcrypt'],
    ['an empty name', '', hash, 'username_is_short'],
    ['a name of 65 characters', 'u'.repeat(65), hash, 'username_is_short'],
    ['a name with a capital', 'Eve', hash, 'username_is_canonical'],
    ['a name with a letter that looks like another', 'аlice', hash, 'username_is_canonical'],
    ['a name with a space', 'eve ', hash, 'username_is_canonical'],
    ['a name that is taken', 'alice', hash, 'users_username_key'],
  ])('%s', async (_what, username, passwordHash, constraint) => {
    const owner = await connectAs('owner')
    await expect(
      owner.query('insert into users (username, password_hash) values ($1, $2)', [username, passwordHash]),
    ).rejects.toMatchObject({ constraint })
  })
})
