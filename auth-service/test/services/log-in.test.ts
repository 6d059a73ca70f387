import { describe, expect, it, vi } from 'vitest'
import { createRefreshTokens } from '../../src/crypto/refresh-tokens.js'
import { createAccessTokens } from '../../src/services/access-tokens.js'
import { createLogIn } from '../../src/services/log-in.js'

const alice = { id: '1', passwordHash: '$2b$10$alice', isDisabled: false }
// Of the queue, its /64 may hold a share.
const client = { address: '2001:db8:1:2:3::4', userAgent: 'a browser', requestId: 'the-request-id' }
const { signal } = new AbortController()
const caller = { network: '2001:db8:1:2::/64', signal }
const refreshTokens = createRefreshTokens(Buffer.alloc(32))

type Given = {
  user: typeof alice | undefined
  token: string | null
  admitted?: 'yes' | 'no' | 'locked'
  isOpen?: boolean
  random?: number
  idleSeconds?: number
  absoluteSeconds?: number
}

function logInWith(given: Given) {
  const { user, token, admitted = token === null ? 'no' : 'yes', isOpen = true, random = 0 } = given
  const { idleSeconds = 3000, absoluteSeconds = 9000 } = given
  const users = { findByUsername: vi.fn(async () => user) }
  const sessions = { open: vi.fn(async () => isOpen) }
  const auditLog = { tell: vi.fn(), recordRefusal: vi.fn(async () => {}) }
  const crypto = { checkPasswordAndSign: vi.fn(async () => token) }
  const admissions = { yes: { ofPair: 1, isRemembered: false }, no: undefined, locked: 'locked' as const }
  const limits = {
    admit: vi.fn(async () => admissions[admitted]),
    loggedIn: vi.fn(async () => {}),
  }
  const renewPasswordHash = vi.fn()
  const log = { warn: vi.fn() }
  const logIn = createLogIn({
    users,
    sessions,
    auditLog,
    crypto,
    accessTokens: createAccessTokens({
      accessTokenSeconds: 900,
      nowSeconds: () => 1_800_000_000,
      newTokenId: () => 'token-id',
      random: () => random,
    }),
    refreshTokens,
    limits,
    passwords: { toCompare: (password, hash) => ({ password, hash }) },
    renewPasswordHash,
    log,
    surplusSessions: { mayHave: vi.fn() },
    decoyHash: '$2b$10$decoy',
    idleSeconds,
    absoluteSeconds,
    newSessionId: () => 'session-id',
  })
  return { logIn, users, sessions, auditLog, crypto, limits, renewPasswordHash, log }
}

it('asks a worker once, for the comparison and the signature together', async () => {
  const { logIn, crypto } = logInWith({ user: alice, token: 'signed' })
  await expect(logIn('alice', 'password123', client, signal)).resolves.toEqual({
    token: 'signed',
    tokenType: 'Bearer',
    expiresIn: 900,
    refreshToken: expect.any(String),
    refreshExpiresIn: 3000,
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
          sid: 'session-id',
        },
      },
      caller,
    ],
  ])
})

it.each([
  [0, 900],
  [0.5, 878],
  [0.9999, 855],
])('shortens the life of a token by up to a twentieth, at random: %f', async (random, expiresIn) => {
  const { logIn, sessions } = logInWith({ user: alice, token: 'signed', random })
  await expect(logIn('alice', 'password123', client, signal)).resolves.toMatchObject({ expiresIn })
  expect(sessions.open).toHaveBeenCalledWith(expect.objectContaining({ accessExpiresAt: 1_800_000_000 + expiresIn }))
})

it.each([{ idleSeconds: 60 }, { absoluteSeconds: 60 }])(
  'lets no token live longer than its session: %o',
  async (bounds) => {
    const { logIn, crypto } = logInWith({ user: alice, token: 'signed', ...bounds })
    await expect(logIn('alice', 'password123', client, signal)).resolves.toMatchObject({
      expiresIn: 60,
      refreshExpiresIn: 60,
    })
    expect(crypto.checkPasswordAndSign).toHaveBeenCalledWith(
      expect.objectContaining({ claims: expect.objectContaining({ iat: 1_800_000_000, exp: 1_800_000_060 }) }),
      caller,
    )
  },
)

it('does the same work for a name that does not exist, against the decoy, and signs as much', async () => {
  const { logIn, crypto } = logInWith({ user: undefined, token: null })
  await expect(logIn('nobody', 'password123', client, signal)).rejects.toMatchObject({
    status: 401,
    code: 'bad-credentials',
  })
  expect(crypto.checkPasswordAndSign).toHaveBeenCalledExactlyOnceWith(
    { password: 'password123', hash: '$2b$10$decoy', claims: expect.objectContaining({ sub: '0' }) },
    caller,
  )
})

it('opens a session only when the password is right, and tells the database of the refresh token no more than its hash', async () => {
  const failed = logInWith({ user: alice, token: null })
  await expect(failed.logIn('alice', 'wrong', client, signal)).rejects.toMatchObject({ code: 'bad-credentials' })
  expect(failed.sessions.open).not.toHaveBeenCalled()
  const succeeded = logInWith({ user: alice, token: 'signed' })
  const { refreshToken } = await succeeded.logIn('alice', 'password123', client, signal)
  expect(succeeded.sessions.open).toHaveBeenCalledExactlyOnceWith({
    sessionId: 'session-id',
    userId: '1',
    passwordHash: alice.passwordHash,
    refreshTokenHash: refreshTokens.hash(refreshToken),
    accessExpiresAt: 1_800_000_900,
    idleSeconds: 3000,
    absoluteSeconds: 9000,
    ...client,
  })
})

it('throws the token away when the session cannot be opened any more', async () => {
  const { logIn, sessions } = logInWith({ user: alice, token: 'signed', isOpen: false })
  await expect(logIn('alice', 'password123', client, signal)).rejects.toMatchObject({
    status: 401,
    code: 'bad-credentials',
  })
  expect(sessions.open).toHaveBeenCalledTimes(2)
})

it('compares again when the hash was renewed by another login meanwhile', async () => {
  const { logIn, users, sessions, crypto } = logInWith({ user: alice, token: 'signed' })
  sessions.open.mockResolvedValueOnce(false)
  users.findByUsername.mockResolvedValueOnce(alice).mockResolvedValueOnce({ ...alice, passwordHash: '$2b$12$alice' })
  await expect(logIn('alice', 'password123', client, signal)).resolves.toMatchObject({ token: 'signed' })
  expect(crypto.checkPasswordAndSign).toHaveBeenLastCalledWith(
    expect.objectContaining({ hash: '$2b$12$alice' }),
    caller,
  )
})

describe('the audit log', () => {
  it.each<[string, Given, { userId?: string }]>([
    ['unknown-name', { user: undefined, token: null }, {}],
    ['wrong-password', { user: alice, token: null }, { userId: '1' }],
    ['user-disabled', { user: { ...alice, isDisabled: true }, token: null }, { userId: '1' }],
    ['locked', { user: alice, token: 'signed', admitted: 'locked' }, { userId: '1' }],
    ['locked', { user: alice, token: null, admitted: 'locked' }, { userId: '1' }],
    ['locked', { user: undefined, token: null, admitted: 'locked' }, {}],
    ['changed-meanwhile', { user: alice, token: 'signed', isOpen: false }, { userId: '1' }],
  ])('is given one row before the answer: %s', async (reason, given, whose) => {
    const { logIn, auditLog } = logInWith(given)
    await expect(logIn('a name', 'password123', client, signal)).rejects.toMatchObject({ code: 'bad-credentials' })
    const row = {
      event: 'login',
      outcome: 'refused',
      reason,
      userId: undefined,
      ...whose,
      ...client,
    }
    expect(auditLog.recordRefusal).toHaveBeenCalledExactlyOnceWith(row)
    expect(auditLog.tell).not.toHaveBeenCalled()
  })

  it('costs a login that succeeds no round trip: its row is written with its session', async () => {
    const { logIn, auditLog } = logInWith({ user: alice, token: 'signed' })
    await logIn('alice', 'password123', client, signal)
    expect(auditLog.recordRefusal).not.toHaveBeenCalled()
    expect(auditLog.tell).toHaveBeenCalledExactlyOnceWith({
      event: 'login',
      outcome: 'ok',
      userId: '1',
      sessionId: 'session-id',
      ...client,
    })
  })
})

it('asks whether it may let somebody in after the comparison, and issues nothing when it may not', async () => {
  const { logIn, sessions, crypto, limits, renewPasswordHash } = logInWith({
    user: alice,
    token: 'signed',
    admitted: 'locked',
  })
  await expect(logIn('alice', 'password123', client, signal)).rejects.toMatchObject({ code: 'bad-credentials' })
  const attempt = { userId: '1', username: 'alice', ...client }
  expect(limits.admit).toHaveBeenCalledExactlyOnceWith(attempt, true)
  expect(limits.admit).toHaveBeenCalledAfter(crypto.checkPasswordAndSign)
  expect(sessions.open).not.toHaveBeenCalled()
  expect(limits.loggedIn).not.toHaveBeenCalled()
  expect(renewPasswordHash).not.toHaveBeenCalled()
})

it('answers a login whose session is open, also when its failures before cannot be forgotten', async () => {
  const { logIn, auditLog, limits, log } = logInWith({ user: alice, token: 'signed' })
  limits.loggedIn.mockRejectedValueOnce(new Error('away'))
  await expect(logIn('alice', 'password123', client, signal)).resolves.toMatchObject({ token: 'signed' })
  expect(auditLog.tell).toHaveBeenCalledOnce()
  expect(log.warn).toHaveBeenCalledExactlyOnceWith(
    { requestId: client.requestId, err: new Error('away') },
    'failed logins not forgotten',
  )
})
