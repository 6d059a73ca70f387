import { randomUUID } from 'node:crypto'
import bcrypt from 'bcrypt'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { engineNames } from '../../src/crypto/engine.js'
import { createRenewPasswordHash } from '../../src/services/renew-password-hash.js'
import { createStoredPasswords } from '../../src/services/stored-passwords.js'
import { connectAs, newUser, newUserPassword as password } from '../new-user.js'
import { startAuthService } from '../start-auth-service.js'

type Service = Awaited<ReturnType<typeof startAuthService>>

const logIn = (service: Service, username: string, given = password) =>
  request(service.listener).post('/login').send({ username, password: given })

const hashOf = (cost: number, kind = '2b') => bcrypt.hashSync(password, cost).replace('2b', kind)

const messages = (service: Service) => service.lines.map((line) => JSON.parse(line).msg)

describe.each(engineNames)('with engine %s, after a login', (engineName) => {
  it.each([
    ['of a lower cost', hashOf(4), '$2b$05$'],
    ['of kind $2a$', hashOf(5, '2a'), '$2b$05$'],
    ['of kind $2y$', hashOf(5, '2y'), '$2b$05$'],
    ['of kind $2y$ and a higher cost, at that cost', hashOf(6, '2y'), '$2b$06$'],
  ])('a hash %s is replaced, and the password stays right', async (_what, old, kind) => {
    const { username, storedHash } = await newUser(old)
    const service = await startAuthService({ engineName, bcryptCost: 5 })
    await logIn(service, username).expect(200)
    await vi.waitFor(async () => expect((await storedHash()).slice(0, 7)).toBe(kind), { timeout: 5000 })
    await logIn(service, username).expect(200)
    await logIn(service, username, 'wrong').expect(401)
  })

  it.each([
    ['as good as a new one', hashOf(5)],
    ['better than that', hashOf(6)],
  ])('a hash %s is left alone', async (_what, old) => {
    const { username, storedHash } = await newUser(old)
    const another = await newUser(hashOf(4))
    const service = await startAuthService({ engineName, bcryptCost: 5 })
    await logIn(service, username).expect(200)
    // They are renewed in turn, so when this one is, the other had its time.
    await logIn(service, another.username).expect(200)
    await vi.waitFor(async () => expect(await another.storedHash()).toMatch(/^\$2b\$05/), { timeout: 5000 })
    expect(await storedHash()).toBe(old)
  })
})

it('a wrong password replaces nothing', async () => {
  const { username, storedHash } = await newUser(hashOf(4))
  const service = await startAuthService({ bcryptCost: 5 })
  const before = await storedHash()
  await logIn(service, username, 'wrong').expect(401)
  const another = await newUser(hashOf(4))
  await logIn(service, another.username).expect(200)
  await vi.waitFor(async () => expect(await another.storedHash()).toMatch(/^\$2b\$05/), { timeout: 5000 })
  expect(await storedHash()).toBe(before)
})

it('the sessions of the user live on, which a changed password ends', async () => {
  const { id, username, owner, storedHash } = await newUser(hashOf(4))
  await owner.query(
    `insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
       values ($1, $2, now() + interval '1 day', now() + interval '1 day', now() + interval '1 hour', '192.0.2.1', '')`,
    [randomUUID(), id],
  )
  const live = async () =>
    (await owner.query('select from sessions where user_id = $1 and ended_at is null', [id])).rowCount ?? 0
  const service = await startAuthService({ bcryptCost: 5 })
  await logIn(service, username).expect(200)
  await vi.waitFor(async () => expect(await storedHash()).toMatch(/^\$2b\$05/), { timeout: 5000 })
  expect(await live()).toBeGreaterThanOrEqual(1)
  await owner.query('update users set password_hash = $2 where id = $1', [id, hashOf(6)])
  expect(await live()).toBe(0)
})

it('logins at the same time, at two instances, are all answered and leave one good hash', async () => {
  const { username, storedHash } = await newUser(hashOf(4))
  const services = [await startAuthService({ bcryptCost: 5 }), await startAuthService({ bcryptCost: 5 })]
  for (const _round of [1, 2, 3]) {
    const logins = services.flatMap((service) => Array.from({ length: 5 }, () => logIn(service, username)))
    expect(new Set((await Promise.all(logins)).map(({ status }) => status))).toEqual(new Set([200]))
  }
  expect(bcrypt.compareSync(password, await storedHash())).toBe(true)
  expect(services.flatMap(messages).filter((message) => message === 'password hash renewed')).toHaveLength(1)
  expect(services.flatMap(messages)).not.toContain('password hash not renewed')
})

it('what cannot be renewed is logged, and stands in nobody’s way', async () => {
  const user = { id: '1', username: 'alice', passwordHash: hashOf(4), role: 'standard', isDisabled: false }
  const log = { info: vi.fn(), warn: vi.fn() }
  const users = { renewPasswordHash: vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(true) }
  const crypto = { hashPassword: async () => hashOf(5) }
  const renew = createRenewPasswordHash({
    users,
    crypto,
    passwords: createStoredPasswords({ pepper: null, cost: 5 }),
    log,
  })
  renew(user, password)
  renew(user, password)
  await vi.waitFor(() => expect(log.info).toHaveBeenCalledExactlyOnceWith({ userId: '1' }, 'password hash renewed'))
  expect(log.warn).toHaveBeenCalledExactlyOnceWith({ userId: '1', err: new Error('away') }, 'password hash not renewed')
})

it('one is renewed at a time, a few wait, and the rest is left to the next login', async () => {
  const user = { id: '1', username: 'alice', passwordHash: hashOf(4), role: 'standard', isDisabled: false }
  const finish: (() => void)[] = []
  const crypto = {
    hashPassword: vi.fn(() => new Promise<string>((resolve) => finish.push(() => resolve(hashOf(5))))),
  }
  const users = { renewPasswordHash: vi.fn(async () => true) }
  const passwords = createStoredPasswords({ pepper: null, cost: 5 })
  const renew = createRenewPasswordHash({ users, crypto, passwords, log: { info: vi.fn(), warn: vi.fn() } })
  for (let login = 0; login < 20; login++) renew(user, password)
  for (let renewed = 1; renewed <= 16; renewed++) {
    await vi.waitFor(() => expect(crypto.hashPassword).toHaveBeenCalledTimes(renewed))
    finish[renewed - 1]?.()
  }
  await vi.waitFor(() => expect(users.renewPasswordHash).toHaveBeenCalledTimes(16))
  expect(crypto.hashPassword).toHaveBeenCalledTimes(16)
})

describe('the database lets auth_service put in place of a hash', () => {
  const pepper = '{0a1b2c3d}'
  const old = hashOf(6)
  it.each([
    ['one of a higher cost', old, hashOf(7), true],
    ['one with a pepper', old, pepper + hashOf(6), true],
    ['$2b$ for $2a$', hashOf(6, '2a'), hashOf(6), true],
    ['one of a lower cost', old, hashOf(5), false],
    ['another of the same cost', old, hashOf(6), false],
    ['$2y$', old, hashOf(7, '2y'), false],
    ['$2b$ of a lower cost for $2a$', hashOf(6, '2a'), hashOf(5), false],
    ['one without a pepper', pepper + old, hashOf(7), false],
    ['one with another pepper', pepper + old, `{ffffffff}${hashOf(7)}`, false],
  ])('%s: not always', async (_what, before, after, isAllowed) => {
    const { id, storedHash } = await newUser(before)
    const auth = await connectAs('auth')
    const { rows } = await auth.query('select renew_password_hash($1, $2, $3) as renewed', [id, before, after])
    expect(rows[0].renewed).toBe(isAllowed)
    expect(await storedHash()).toBe(isAllowed ? after : before)
  })

  it('nothing, when it does not know the old one', async () => {
    const { id, storedHash } = await newUser(old)
    const auth = await connectAs('auth')
    await auth.query('select renew_password_hash($1, $2, $3)', [id, hashOf(6), hashOf(7)])
    expect(await storedHash()).toBe(old)
  })

  it.each([
    [
      'what is no hash',
      `select renew_password_hash(id, password_hash, '$2b$99$no') from users where username = 'bob'`,
      '23514',
    ],
    ['anything in its own name', "update users set password_hash = '' where username = 'bob'", '42501'],
    ['anything as the role that may', 'set role hash_renewer', '42501'],
  ])('never %s', async (_what, sql, code) => {
    await expect((await connectAs('auth')).query(sql)).rejects.toMatchObject({ code })
  })

  it('and nobody else', async () => {
    await expect((await connectAs('api')).query("select renew_password_hash(1, '', '')")).rejects.toMatchObject({
      code: '42501',
    })
  })
})
