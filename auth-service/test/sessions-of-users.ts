import { randomUUID } from 'node:crypto'
import bcrypt from 'bcrypt'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import request from 'supertest'
import { inject, onTestFinished } from 'vitest'
import type { startAuthService } from './start-auth-service.js'

type Service = Pick<Awaited<ReturnType<typeof startAuthService>>, 'listener'>
export type User = { id: string; username: string; password: string }

const password = 'a password for tests'
// At the least cost: many log in here.
const passwordHash = bcrypt.hashSync(password, 4)

/** A connection as the owner, who may do what no service may: look at everything, and move what has been written into the past. */
export async function connectAsOwner(url = inject('databaseUrls').owner) {
  const owner = new pg.Client({ connectionString: url })
  // Its Postgres may be restarted; whoever asks it something then is told by that.
  owner.on('error', () => {})
  await owner.connect()
  onTestFinished(() => owner.end())
  return owner
}

/** A user of a test's own, so that no other test's sessions are among theirs. */
export async function newUser(url?: string): Promise<User> {
  const owner = await connectAsOwner(url)
  const username = `user-${randomUUID()}`
  const { rows } = await owner.query<{ id: string }>(
    'insert into users (username, password_hash) values ($1, $2) returning id',
    [username, passwordHash],
  )
  return { id: rows[0]?.id ?? '', username, password }
}

/** Logs in and says which session that opened; as a new user, unless told as whom. */
export async function logInAs({ listener }: Service, user?: User) {
  const { id, username, password } = user ?? (await newUser())
  const { body } = await request(listener)
    .post('/login')
    .set('X-Real-IP', '192.0.2.1')
    .set('User-Agent', 'the browser of a test')
    .send({ username, password })
    .expect(200)
  const { token, refreshToken } = body as { token: string; refreshToken: string }
  const { sid } = jwt.decode(token) as { sid: string }
  return { userId: id, sessionId: sid, token, refreshToken, bearer: { Authorization: `Bearer ${token}` } }
}
