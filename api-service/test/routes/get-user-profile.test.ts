import pg from 'pg'
import request from 'supertest'
import { describe, expect, inject, it } from 'vitest'
import { startApiService, tokenWith } from '../start-api-service.js'

const ask = (app: Parameters<typeof request>[0], changes = {}) =>
  request(app)
    .get('/api/v1/user/profile')
    .set('Authorization', `Bearer ${tokenWith(changes)}`)

async function asOwner<Result>(use: (owner: pg.Client) => Promise<Result>) {
  const owner = new pg.Client({ connectionString: inject('databaseUrls').owner })
  await owner.connect()
  try {
    return await use(owner)
  } finally {
    await owner.end()
  }
}

const addUser = (username: string, lastLogin: string | null) =>
  asOwner(async (owner) => {
    const { rows } = await owner.query<{ id: string }>(
      'insert into users (username, password_hash, last_login_at) values ($1, $2, $3) returning id',
      [username, `$2b$10$${'a'.repeat(53)}`, lastLogin],
    )
    return rows[0]?.id
  })

it('answers the profile of whom the token names, from the database', async () => {
  const sub = await addUser('carol', '2026-01-02T03:04:05.678Z')
  const answer = await ask(startApiService().app, { sub })
  expect(answer.status).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).toEqual({
    message: 'Profile data fetched successfully',
    data: { id: sub, username: 'carol', role: 'standard', lastLogin: '2026-01-02T03:04:05.678Z' },
    status: 'OK',
  })
})

it('answers null for a last login that never was', async () => {
  const sub = await addUser('dave', null)
  expect((await ask(startApiService().app, { sub })).body.data.lastLogin).toBeNull()
})

it('answers 404 once the user is gone', async () => {
  const sub = await addUser('erin', null)
  await asOwner((owner) => owner.query('delete from users where id = $1', [sub]))
  const answer = await ask(startApiService().app, { sub })
  expect(answer.status).toBe(404)
  expect(JSON.parse(answer.text).code).toBe('user-not-found')
})

it.each(['0', '-1', '1e3', '01', '1; drop table users', 'alice', '9'.repeat(18), '9'.repeat(19), '9'.repeat(40)])(
  'answers 404 for the subject %s, which is no user',
  async (sub) => {
    expect((await ask(startApiService().app, { sub })).status).toBe(404)
  },
)

it('answers 503 with Retry-After while Postgres is away', async () => {
  const answer = await ask(startApiService({ databaseUrl: 'postgres://a:b@127.0.0.1:1/auth' }).app)
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
})

it('answers 405 to other methods', async () => {
  const { app } = startApiService()
  const answer = await request(app).post('/api/v1/user/profile').set('Authorization', `Bearer ${tokenWith()}`).send({})
  expect(answer.status).toBe(405)
  expect(answer.headers.allow).toBe('GET, HEAD')
})

describe('the role api_service may not', () => {
  it.each([
    ['read password hashes', 'select password_hash from users'],
    ['read whole rows', 'select * from users'],
    ['change anything', "update users set role = 'admin' where id = 1"],
    ['record a login', 'update users set last_login_at = now() where id = 1'],
    ['add a user', "insert into users (username, password_hash) values ('eve', 'x')"],
    ['remove a user', 'delete from users where id = 1'],
    ['make a table', 'create table mine (id int)'],
    ['become auth_service', 'set role auth_service'],
  ])('%s, not even in a transaction that may write', async (_what, sql) => {
    const client = new pg.Client({ connectionString: inject('databaseUrls').api })
    await client.connect()
    await client.query('set default_transaction_read_only = off')
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
    await client.end()
  })
})
