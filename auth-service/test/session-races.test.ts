import bcrypt from 'bcrypt'
import { makeTemporaryFolder, startDatabase } from 'local-stack'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectAsOwner, logInAs, newUser, type User } from './sessions-of-users.js'
import { startAuthService } from './start-auth-service.js'

// A Postgres of its own: who waits for whom is read from what all its connections do, and it is restarted.
const { folder, remove } = makeTemporaryFolder()
let database: Awaited<ReturnType<typeof startDatabase>>
beforeAll(async () => {
  database = await startDatabase(folder)
})
afterAll(async () => {
  await database.stop()
  remove()
})

type Service = Awaited<ReturnType<typeof startAuthService>>
type Opened = Awaited<ReturnType<typeof logInAs>>

const startInstance = () => startAuthService({ databaseUrl: database.roleUrl('auth_service') })
const owner = () => connectAsOwner(database.ownerUrl)
const user = () => newUser(database.ownerUrl)
const logIn = async (service: Service, as?: User) => logInAs(service, as ?? (await user()))

const refresh = ({ listener }: Service, refreshToken: string) =>
  request(listener).post('/refresh').send({ refreshToken }).then()
const logOut = ({ listener }: Service, refreshToken: string) =>
  request(listener).post('/logout').send({ refreshToken }).then()
const endOthers = ({ listener }: Service, { bearer }: Opened) =>
  request(listener).delete('/sessions').set(bearer).then()
const postLogin = ({ listener }: Service, { username, password }: User) =>
  request(listener).post('/login').send({ username, password }).then()

const waiting = "pg_stat_activity where wait_event_type = 'Lock'"

/**
 * Holds a row's lock, so that whoever needs it waits, in the order in which they came, until it is let go. `queued` resolves when so many
 * statements wait. `restartPostgres` cuts off those that wait, before the one that holds: else one of them could still come through.
 */
async function holdRow(sql: string, values: unknown[]) {
  const [holder, watcher] = [await owner(), await owner()]
  await holder.query('begin')
  expect((await holder.query(sql, values)).rowCount).toBe(1)
  return {
    queued: (count: number) =>
      vi.waitFor(
        async () => {
          expect((await watcher.query(`select from ${waiting}`)).rowCount).toBe(count)
        },
        { timeout: 5000, interval: 5 },
      ),
    letGo: () => holder.query('commit'),
    async restartPostgres() {
      await watcher.query(`select pg_terminate_backend(pid, 1000) from ${waiting}`)
      await database.restart()
    },
  }
}
const holdSession = (id: string) => holdRow('select from sessions where id = $1 for update', [id])
const holdUser = (id: string) => holdRow('select from users where id = $1 for update', [id])

const liveSessions = async ({ id }: Pick<User, 'id'>) =>
  (await (await owner()).query('select id from sessions where user_id = $1 and ended_at is null', [id])).rows.length
const tokensOf = async ({ sessionId }: Opened) =>
  (await (await owner()).query('select hash from refresh_tokens where session_id = $1', [sessionId])).rows.length

describe.each([1, 2])('twenty refreshes with one token at once, on %i instances', (instances) => {
  it('yield one successor, the same for all', async () => {
    const services = await Promise.all(Array.from({ length: instances }, startInstance))
    const service = (index: number) => services[index % instances] as Service
    for (let round = 0; round < 5; round++) {
      const opened = await logIn(service(0))
      // All that have a connection stand at the lock before the first gets through.
      const session = await holdSession(opened.sessionId)
      const asked = Array.from({ length: 20 }, (_, index) => refresh(service(index), opened.refreshToken))
      await session.queued(5 * instances)
      await session.letGo()
      const answers = await Promise.all(asked)
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
      const successors = new Set(answers.map(({ body }) => body.refreshToken))
      expect(successors.size).toBe(1)
      expect(new Set(answers.map(({ body }) => body.token)).size).toBe(20)
      expect(await tokensOf(opened)).toBe(2)
      expect((await refresh(service(1), [...successors][0])).status).toBe(200)
    }
    const results = await Promise.all(services.map(({ metric }) => metric('auth_refreshes_total{result="renewed"}')))
    expect(results.reduce((sum, count) => sum + count, 0)).toBe(10)
  })
})

describe('a refresh and a logout at once', () => {
  it.each(['refresh', 'logout'])('end in a session that nothing renews, when the %s comes first', async (first) => {
    const [one, other] = [await startInstance(), await startInstance()]
    const opened = await logIn(one)
    const session = await holdSession(opened.sessionId)
    const acts = {
      refresh: () => refresh(one, opened.refreshToken),
      logout: () => logOut(other, opened.refreshToken),
    }
    const begin = async (act: () => ReturnType<typeof refresh>, place: number) => {
      const answer = act()
      await session.queued(place)
      return { answer }
    }
    const order = first === 'refresh' ? [acts.refresh, acts.logout] : [acts.logout, acts.refresh]
    const [earlier, later] = [await begin(order[0] ?? acts.refresh, 1), await begin(order[1] ?? acts.refresh, 2)]
    await session.letGo()
    const statuses = [(await earlier.answer).status, (await later.answer).status]
    expect(statuses).toEqual(first === 'refresh' ? [200, 204] : [204, 401])
    expect(await liveSessions({ id: opened.userId })).toBe(0)
    const successor = first === 'refresh' ? (await earlier.answer).body.refreshToken : opened.refreshToken
    expect((await refresh(other, successor)).status).toBe(401)
    expect((await refresh(one, opened.refreshToken)).status).toBe(401)
  })
})

describe('a login, and its user disabled or their password changed meanwhile', () => {
  const changes = {
    disabled: 'update users set disabled_at = now() where id = $1',
    'their password changed': `update users set password_hash = '${bcrypt.hashSync('another password', 4)}' where id = $1`,
  }

  it.each(Object.entries(changes))('opens nothing, when they were %s first', async (_what, sql) => {
    const service = await startInstance()
    const someone = await user()
    const row = await holdRow(sql, [someone.id])
    const login = postLogin(service, someone)
    await row.queued(1)
    await row.letGo()
    const { status, body } = await login
    expect([status, body.code]).toEqual([401, 'bad-credentials'])
    expect(await liveSessions(someone)).toBe(0)
  })

  it.each(Object.entries(changes))('opens what ends at once, when they were %s after', async (_what, sql) => {
    const service = await startInstance()
    const someone = await user()
    const row = await holdUser(someone.id)
    const login = postLogin(service, someone)
    await row.queued(1)
    const changed = (await owner()).query(sql, [someone.id])
    await row.queued(2)
    await row.letGo()
    const { status, body } = await login
    expect(status).toBe(200)
    await changed
    expect(await liveSessions(someone)).toBe(0)
    expect((await refresh(service, body.refreshToken)).status).toBe(401)
  })
})

describe('two who end all other sessions of one user at once', () => {
  it('leave one, and neither waits for the other for ever', async () => {
    const [one, other] = [await startInstance(), await startInstance()]
    const someone = await user()
    const sessions = [await logIn(one, someone), await logIn(one, someone), await logIn(one, someone)]
    const byId = sessions.sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1)) as [Opened, Opened, Opened]
    const row = await holdSession(byId[1].sessionId)
    const first = endOthers(one, byId[0])
    await row.queued(1)
    const second = endOthers(other, byId[2])
    await row.queued(2)
    await row.letGo()
    expect((await first).status).toBe(204)
    const { status, body } = await second
    expect([status, body.code]).toEqual([401, 'invalid-token'])
    expect(await liveSessions(someone)).toBe(1)
    expect((await refresh(one, byId[0].refreshToken)).status).toBe(200)
  })
})

describe('Postgres restarted', () => {
  it('in the middle of a refresh: 503, nothing is spent, and the same token does it afterwards', async () => {
    const service = await startInstance()
    const opened = await logIn(service)
    const session = await holdSession(opened.sessionId)
    const asked = refresh(service, opened.refreshToken)
    await session.queued(1)
    await session.restartPostgres()
    const { status, body, headers } = await asked
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'database-unavailable', '1'])
    expect(await tokensOf(opened)).toBe(1)
    const again = await refresh(service, opened.refreshToken)
    expect(again.status).toBe(200)
    expect(await service.metric('auth_refreshes_total{result="renewed"}')).toBe(1)
    expect((await refresh(service, again.body.refreshToken)).status).toBe(200)
  })

  it('in the middle of a login: 503, no token, no session', async () => {
    const service = await startInstance()
    const someone = await user()
    const row = await holdUser(someone.id)
    const login = postLogin(service, someone)
    await row.queued(1)
    await row.restartPostgres()
    const { status, body } = await login
    expect([status, body.code, body.token]).toEqual([503, 'database-unavailable', undefined])
    expect(await liveSessions(someone)).toBe(0)
    expect((await postLogin(service, someone)).status).toBe(200)
  })
})

it('ends a session that is reused while it is renewed, whoever is first', async () => {
  const [one, other] = [await startInstance(), await startInstance()]
  const opened = await logIn(one)
  const { body } = await refresh(one, opened.refreshToken)
  await (await owner()).query(
    "update refresh_tokens set spent_at = spent_at - interval '10 s' where session_id = $1 and spent_at is not null",
    [opened.sessionId],
  )
  const session = await holdSession(opened.sessionId)
  const renewing = refresh(one, body.refreshToken)
  await session.queued(1)
  const reusing = refresh(other, opened.refreshToken)
  await session.queued(2)
  await session.letGo()
  const renewed = await renewing
  expect([renewed.status, (await reusing).status]).toEqual([200, 401])
  expect((await refresh(one, renewed.body.refreshToken)).status).toBe(401)
})
