import { randomUUID } from 'node:crypto'
import bcrypt from 'bcrypt'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { connectAs, newUser, newUserPassword as password } from '../new-user.js'
import { startAuthService } from '../start-auth-service.js'

const perPair = { failures: 3, seconds: 900 }
const perAccount = { failures: 5, seconds: 900 }

type Service = Awaited<ReturnType<typeof startAuthService>>

const start = (changes: Parameters<typeof startAuthService>[0] = {}) =>
  startAuthService({ perPair, perAccount, ...changes })

const logIn = (service: Service, username: string, given: string, address = '192.0.2.1') =>
  request(service.listener).post('/login').set('X-Real-IP', address).send({ username, password: given })

async function fail(service: Service, username: string, addresses: string[]) {
  for (const address of addresses) await logIn(service, username, 'wrong', address).expect(401)
}

const times = <Item>(count: number, item: Item) => Array<Item>(count).fill(item)
const addresses = (count: number) => Array.from({ length: count }, (_, index) => `198.51.100.${index}`)

describe('of one account from one address', () => {
  it('the right password is refused after too many failures, with the answer of a wrong one, by every instance', async () => {
    const { username } = await newUser()
    const services = [await start(), await start({ engineName: 'rust' })] as const
    for (const service of [services[0], services[1], services[0]]) await fail(service, username, ['192.0.2.1'])
    const wrong = await logIn(services[0], username, 'wrong')
    for (const service of services) {
      const right = await logIn(service, username, password)
      expect(right.status).toBe(401)
      expect({ ...right.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' })
      expect(Object.keys(right.headers)).toEqual(Object.keys(wrong.headers))
    }
  })

  it('one failure fewer is forgotten with the login that follows', async () => {
    const { username } = await newUser()
    const service = await start()
    for (const _round of [1, 2, 3]) {
      await fail(service, username, times(perPair.failures - 1, '192.0.2.1'))
      await logIn(service, username, password).expect(200)
    }
  })

  it('other addresses and other accounts are not concerned', async () => {
    const [victim, other] = [await newUser(), await newUser()]
    const service = await start()
    await fail(service, victim.username, times(perPair.failures, '192.0.2.1'))
    await logIn(service, victim.username, password, '192.0.2.2').expect(200)
    await logIn(service, other.username, password, '192.0.2.1').expect(200)
  })

  it('all addresses of an IPv6 /64 are one', async () => {
    const { username } = await newUser()
    const service = await start()
    await fail(service, username, ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3'])
    await logIn(service, username, password, '2001:db8::4').expect(401)
    await logIn(service, username, password, '2001:db8:0:1::4').expect(200)
  })

  it('the right password passes when the time is over, which attempts meanwhile do not prolong', async () => {
    const { username } = await newUser()
    const service = await start({ perPair: { failures: 3, seconds: 1 } })
    await fail(service, username, times(3, '192.0.2.1'))
    await logIn(service, username, password).expect(401)
    await vi.waitFor(() => logIn(service, username, password).expect(200), { timeout: 5000, interval: 50 })
  })

  it('guesses sent all at once are counted before the right one among them is let in', async () => {
    const { username } = await newUser(bcrypt.hashSync(password, 9))
    const patience = { maxQueue: 200, maxWaitMs: 60_000 }
    const services = [await start(patience), await start(patience)]
    const guesses = services
      .flatMap((service) => times(50, service))
      .map((service) => logIn(service, username, 'wrong').then())
    const becomesBusy = ({ metric }: Service) =>
      vi.waitFor(async () => expect(await metric('auth_worker_waiting_tasks{pool="hash"}')).toBeGreaterThan(5), {
        timeout: 5000,
        interval: 5,
      })
    await Promise.all(services.map(becomesBusy))
    const right = await Promise.all(services.map((service) => logIn(service, username, password)))
    expect(right.map(({ status }) => status)).toEqual([401, 401])
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]))
  }, 60_000)

  it('right passwords sent all at once are not counted', async () => {
    const { username } = await newUser()
    const service = await start()
    const answers = await Promise.all(times(40, service).map((each) => logIn(each, username, password)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

describe('of one account from anywhere', () => {
  it('the right password is refused after too many failures, but where its user logged in before', async () => {
    const { username } = await newUser()
    const services = [await start(), await start()] as const
    await logIn(services[0], username, password, '192.0.2.1').expect(200)
    await logIn(services[0], username, password, '2001:db8::1').expect(200)
    for (const [index, address] of addresses(perAccount.failures).entries()) {
      await fail(services[index % 2 ? 1 : 0], username, [address])
    }
    for (const service of services) {
      await logIn(service, username, password, '192.0.2.2').expect(401)
      await logIn(service, username, password, '192.0.2.1').expect(200)
      await logIn(service, username, password, '2001:db8::2').expect(200)
    }
  })

  it('a login of its user does not set others free to guess on', async () => {
    const { username } = await newUser()
    const service = await start()
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await fail(service, username, addresses(perAccount.failures))
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await logIn(service, username, password, '192.0.2.2').expect(401)
  })

  it('a device counts as known for 30 days', async () => {
    const { id, username, owner } = await newUser()
    const service = await start()
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await fail(service, username, addresses(perAccount.failures))
    const lastLoginWas = (ago: string) =>
      owner.query('update known_devices set last_login_at = now() - $2::interval where user_id = $1', [id, ago])
    await lastLoginWas('29 days')
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await fail(service, username, ['192.0.2.2'])
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await lastLoginWas('31 days')
    await logIn(service, username, password, '192.0.2.1').expect(401)
  })

  it('no device is known any more after a change of the password, which a thief may have known', async () => {
    const { id, username, owner } = await newUser()
    const service = await start()
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await fail(service, username, addresses(perAccount.failures))
    await logIn(service, username, password, '192.0.2.1').expect(200)
    const changed = await bcrypt.hash(password, 4)
    await owner.query('update users set password_hash = $2 where id = $1', [id, changed])
    await logIn(service, username, password, '192.0.2.1').expect(401)
  })

  it('a known device is still bound by what failed there', async () => {
    const { username } = await newUser()
    const service = await start()
    await logIn(service, username, password).expect(200)
    await fail(service, username, times(perPair.failures, '192.0.2.1'))
    await logIn(service, username, password).expect(401)
  })

  it('one address that goes on after it is refused does not use up what others have', async () => {
    const { username } = await newUser()
    const service = await start()
    await fail(service, username, times(perAccount.failures * 2, '192.0.2.1'))
    await logIn(service, username, password, '192.0.2.2').expect(200)
  })
})

describe('a name nobody has', () => {
  it('is counted alike, and cannot be read from the table', async () => {
    const owner = await connectAs('owner')
    const service = await start()
    const username = `nobody-${randomUUID()}`
    const address = '203.0.113.77'
    await fail(service, username, times(perPair.failures + 2, address))
    const { rows } = await owner.query<{ key: string; points: number }>(
      'select key, points from failed_logins where key like $1',
      [`%:${address}`],
    )
    expect(rows).toEqual([
      { key: expect.stringMatching(/^pair:~[\w-]{43}:203\.0\.113\.77$/), points: perPair.failures },
    ])
    expect(await service.metric('auth_logins_locked_total{limit="pair"}')).toBe(2)
    expect(await service.metric('auth_lockouts_total{limit="pair"}')).toBe(1)
  })
})

describe('whoever watches', () => {
  it('is told once of each lockout, by the id of the user', async () => {
    const { id, username } = await newUser()
    const service = await start()
    await fail(service, username, times(4, '192.0.2.1'))
    await fail(service, username, addresses(4))
    const lockouts = service.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'lockout')
    expect(lockouts).toEqual([
      expect.objectContaining({ level: 'warn', reason: 'pair', userId: id, address: '192.0.2.1' }),
      expect.objectContaining({ level: 'warn', reason: 'account', userId: id, address: '198.51.100.1' }),
    ])
    const answered = service.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
    expect(answered.map(({ requestId }) => requestId)).toEqual(
      expect.arrayContaining(lockouts.map(({ requestId }) => requestId)),
    )
    expect(service.lines.join()).not.toContain(username)
    expect(await service.metric('auth_lockouts_total{limit="pair"}')).toBe(1)
    expect(await service.metric('auth_lockouts_total{limit="account"}')).toBe(1)
    expect(await service.metric('auth_logins_locked_total{limit="pair"}')).toBe(1)
    expect(await service.metric('auth_logins_locked_total{limit="account"}')).toBe(2)
  })

  it('unlocks an account everywhere', async () => {
    const { id, username, owner } = await newUser()
    const other = await newUser()
    const service = await start()
    await fail(service, username, times(perPair.failures, '192.0.2.1'))
    await fail(service, username, addresses(perAccount.failures))
    await fail(service, other.username, times(perPair.failures, '192.0.2.1'))
    await owner.query('select unlock_user($1)', [id])
    await logIn(service, username, password, '192.0.2.1').expect(200)
    await logIn(service, username, password, '198.51.100.99').expect(200)
    await logIn(service, other.username, password, '192.0.2.1').expect(401)
  })
})

describe('may not', () => {
  it.each([
    ['auth', 'unlock', 'select unlock_user(1)'],
    ['auth', 'make a device another user’s', 'update known_devices set user_id = 1'],
    ['api', 'read failed logins', 'select * from failed_logins'],
    ['api', 'read devices', 'select * from known_devices'],
  ] as const)('%s: %s', async (role, _what, sql) => {
    await expect((await connectAs(role)).query(sql)).rejects.toMatchObject({ code: '42501' })
  })
})

it('asks Postgres no more than it has to: three times, when nothing is to be forgotten and the device was seen within a day', async () => {
  const { id, username, owner } = await newUser()
  const service = await start()
  const queriesOf = async (status: number, given = password) => {
    const before = await service.metric('pg_pool_acquire_seconds_count')
    await logIn(service, username, given).expect(status)
    return (await service.metric('pg_pool_acquire_seconds_count')) - before
  }
  expect(await queriesOf(200), 'a new device').toBe(4)
  expect(await queriesOf(200), 'the same again').toBe(3)
  expect(await queriesOf(401, 'wrong'), 'a failure').toBe(5)
  expect(await queriesOf(200), 'which is forgotten').toBe(4)
  await owner.query(`update known_devices set last_login_at = now() - interval '25 hours' where user_id = $1`, [id])
  expect(await queriesOf(200), 'a day later').toBe(4)
  expect(await queriesOf(200), 'and again').toBe(3)
})
