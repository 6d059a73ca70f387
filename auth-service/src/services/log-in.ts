import { Problem } from '@auth-stack/service-kit'
import type { Caller } from '../crypto/hash-queue.js'
import type { CryptoPool } from '../crypto/pool.js'
import type { RefreshTokens } from '../crypto/refresh-tokens.js'
import type { AuditLog, Client } from '../data/audit-log.js'
import type { SessionRepository } from '../data/session-repository.js'
import type { User, UserRepository } from '../data/user-repository.js'
import type { AccessTokens, TokenPair } from './access-tokens.js'

type LogInDeps = {
  users: UserRepository
  sessions: Pick<SessionRepository, 'open'>
  auditLog: Pick<AuditLog, 'tell' | 'recordRefusal'>
  crypto: Pick<CryptoPool, 'checkPasswordAndSign'>
  accessTokens: AccessTokens
  refreshTokens: Pick<RefreshTokens, 'newToken' | 'hash'>
  /** A hash of nothing anybody knows, at the configured cost. */
  decoyHash: string
  idleSeconds: number
  absoluteSeconds: number
  newSessionId: () => string
}

/** One answer for a wrong name and a wrong password, so the client cannot learn which names exist. */
const badCredentials = () => new Problem(401, 'bad-credentials', 'Username or password is wrong')

/**
 * The use case of `POST /login`. An unknown name is checked against the decoy, so that it takes as long as a known one. The token is
 * signed in the same hop as the password is compared, and thrown away when its session cannot be opened. Throws `badCredentials`,
 * `loginsOverloaded`, `cryptoUnavailable` or `databaseUnavailable`.
 */
export function createLogIn(deps: LogInDeps) {
  const { users, sessions, auditLog, crypto, accessTokens, refreshTokens, decoyHash, idleSeconds, absoluteSeconds } =
    deps

  return async function logIn(username: string, password: string, caller: Caller & Client): Promise<TokenPair> {
    const found = await users.findByUsername(username)
    // Who is disabled may not log in, so is as unknown as one who never was.
    const user = found?.isDisabled ? undefined : found
    const { address, userAgent, requestId } = caller
    const client = { address, userAgent, requestId }
    const sessionId = deps.newSessionId()
    const lifetime = accessTokens.newLifetime()
    const claims = user ? accessTokens.claims({ sessionId, userId: user.id }, lifetime) : null
    const token = await crypto.checkPasswordAndSign({ password, hash: user?.passwordHash ?? decoyHash, claims }, caller)
    if (!user || token === null) throw await refused(found, caller, reasonOf(found))
    const refreshToken = refreshTokens.newToken()
    const isOpen = await sessions.open({
      sessionId,
      userId: user.id,
      passwordHash: user.passwordHash,
      refreshTokenHash: refreshTokens.hash(refreshToken),
      accessExpiresAt: lifetime.exp,
      idleSeconds,
      absoluteSeconds,
      ...client,
    })
    if (!isOpen) throw await refused(found, caller, 'changed-meanwhile')
    auditLog.tell({ event: 'login', outcome: 'ok', userId: user.id, sessionId, ...client })
    return {
      token,
      tokenType: 'Bearer',
      expiresIn: lifetime.exp - lifetime.iat,
      refreshToken,
      refreshExpiresIn: Math.min(idleSeconds, absoluteSeconds),
    }
  }

  /** The answer, once the refusal is written: the same steps whatever the reason. */
  async function refused(user: User | undefined, { address, userAgent, requestId }: Client, reason: string) {
    const client = { address, userAgent, requestId }
    await auditLog.recordRefusal({ event: 'login', outcome: 'refused', reason, userId: user?.id, ...client })
    return badCredentials()
  }
}

const reasonOf = (user: User | undefined) =>
  user === undefined ? 'unknown-name' : user.isDisabled ? 'user-disabled' : 'wrong-password'

export type LogIn = ReturnType<typeof createLogIn>
