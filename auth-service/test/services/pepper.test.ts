import { createHmac } from 'node:crypto'
import bcrypt from 'bcrypt'
import request from 'supertest'
import { expect, it, vi } from 'vitest'
import { createPepper } from '../../src/crypto/pepper.js'
import { newUser, newUserPassword as password } from '../new-user.js'
import { startAuthService } from '../start-auth-service.js'

const pepper = 'a pepper for tests, of 32 bytes or more'

type Service = Awaited<ReturnType<typeof startAuthService>>

const logIn = ({ listener }: Service, username: string, given = password) =>
  request(listener).post('/login').send({ username, password: given })

/** A user whose hash has been peppered by a login. */
async function pepperedUser() {
  const user = await newUser()
  const service = await startAuthService({ pepper })
  await logIn(service, user.username).expect(200)
  await vi.waitFor(async () => expect(await user.storedHash()).toMatch(/^\{/), { timeout: 5000 })
  return { ...user, service }
}

it('goes into the hash of a user at the next login, as bcrypt of the HMAC in base64', async () => {
  const { username, storedHash, service } = await pepperedUser()
  const [, id, hash] = /^\{(\w{8})\}(.*)$/.exec(await storedHash()) ?? []
  expect(id).toBe(createPepper(Buffer.from(pepper)).id)
  expect(bcrypt.compareSync(createHmac('sha256', pepper).update(password).digest('base64'), hash ?? '')).toBe(true)
  await logIn(service, username).expect(200)
  await logIn(service, username, 'wrong').expect(401)
  await logIn(service, `${username}-nobody`, 'wrong').expect(401)
})

it.each([
  ['without the pepper', undefined],
  ['with another', 'another pepper for tests, of 32 bytes or more'],
])('%s a peppered hash is neither right nor wrong: 503, and the log says why', async (_what, other) => {
  const { username } = await pepperedUser()
  const service = await startAuthService(other ? { pepper: other } : {})
  for (const given of [password, 'wrong']) {
    const answer = await logIn(service, username, given)
    expect(answer.status).toBe(503)
    expect(answer.body.code).toBe('password-check-unavailable')
    expect(answer.headers['retry-after']).toBe('60')
  }
  expect(service.lines.join()).toContain('PASSWORD_PEPPER')
  expect(service.lines.join()).not.toContain(pepper)
})
