import { expect, it, vi } from 'vitest'
import { createLogIn } from '../../src/services/log-in.js'

const alice = { id: '1', username: 'alice', passwordHash: '$2b$10$alice', role: 'standard' }
const caller = { address: '192.0.2.1', signal: new AbortController().signal, requestId: 'request-id' }

type Given = { user: typeof alice | undefined; token: string | null; isAdmitted?: boolean }

function logInWith({ user, token, isAdmitted = token !== null }: Given) {
  const users = {
    findByUsername: vi.fn(async () => user),
    recordLogin: vi.fn(async () => {}),
    renewPasswordHash: vi.fn(async () => true),
  }
  const crypto = { checkPasswordAndSign: vi.fn(async () => token) }
  const limits = { admits: vi.fn(async () => isAdmitted), loggedIn: vi.fn(async () => {}) }
  const renewPasswordHash = vi.fn()
  const logIn = createLogIn({
    users,
    crypto,
    limits,
    passwords: { toCompare: (password, hash) => ({ password, hash }) },
    renewPasswordHash,
    decoyHash: '$2b$10$decoy',
    accessTokenSeconds: 900,
    nowSeconds: () => 1_800_000_000,
    newTokenId: () => 'token-id',
  })
  return { logIn, users, crypto, limits, renewPasswordHash }
}

it('asks a worker once, for the comparison and the signature together', async () => {
  const { logIn, crypto } = logInWith({ user: alice, token: 'signed' })
  await expect(logIn('alice', 'password123', caller)).resolves.toEqual({
    token: 'signed',
    tokenType: 'Bearer',
    expiresIn: 900,
  })
  expect(crypto.checkPasswordAndSign.mock.calls).toEqual([
    [
      {
        password: 'password123',
        hash: alice.passwordHash,
        claims: {
          iss: 'auth-service',
          aud: 'api-service',
          sub: '1',
          iat: 1_800_000_000,
          exp: 1_800_000_900,
          jti: 'token-id',
        },
      },
      caller,
    ],
  ])
})

it('does the same work for a name that does not exist, against the decoy and with nothing to sign', async () => {
  const { logIn, crypto } = logInWith({ user: undefined, token: null })
  await expect(logIn('nobody', 'password123', caller)).rejects.toMatchObject({ status: 401, code: 'bad-credentials' })
  expect(crypto.checkPasswordAndSign).toHaveBeenCalledExactlyOnceWith(
    { password: 'password123', hash: '$2b$10$decoy', claims: null },
    caller,
  )
})

it('writes down a login only when it succeeded', async () => {
  const failed = logInWith({ user: alice, token: null })
  await expect(failed.logIn('alice', 'wrong', caller)).rejects.toMatchObject({ code: 'bad-credentials' })
  expect(failed.users.recordLogin).not.toHaveBeenCalled()
  const succeeded = logInWith({ user: alice, token: 'signed' })
  await succeeded.logIn('alice', 'password123', caller)
  expect(succeeded.users.recordLogin).toHaveBeenCalledExactlyOnceWith('1')
})

it('asks whether it may let somebody in after the comparison, and issues nothing when it may not', async () => {
  const { logIn, users, crypto, limits, renewPasswordHash } = logInWith({
    user: alice,
    token: 'signed',
    isAdmitted: false,
  })
  await expect(logIn('alice', 'password123', caller)).rejects.toMatchObject({ code: 'bad-credentials' })
  const attempt = { userId: '1', username: 'alice', address: '192.0.2.1', requestId: 'request-id' }
  expect(limits.admits).toHaveBeenCalledExactlyOnceWith(attempt, true)
  expect(limits.admits).toHaveBeenCalledAfter(crypto.checkPasswordAndSign)
  expect(users.recordLogin).not.toHaveBeenCalled()
  expect(limits.loggedIn).not.toHaveBeenCalled()
  expect(renewPasswordHash).not.toHaveBeenCalled()
})
