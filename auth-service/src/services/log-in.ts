import { type Logger, Problem } from '@auth-stack/service-kit'
import type { CryptoPool } from '../crypto/pool.js'
import type { RefreshTokens } from '../crypto/refresh-tokens.js'
import type { AuditLog, Client } from '../data/audit-log.js'
import type { SessionRepository } from '../data/session-repository.js'
import type { User, UserRepository } from '../data/user-repository.js'
import { type AccessTokens, type TokenPair, withinSession } from './access-tokens.js'
import type { LoginLimits } from './login-limits.js'
import { networkOf } from './network-of.js'
import type { RenewPasswordHash } from './renew-password-hash.js'
import type { StoredPasswords } from './stored-passwords.js'
import type { SurplusSessions } from './surplus-sessions.js'

type LogInDeps = {
  users: Pick<UserRepository, 'findByUsername'>
  sessions: Pick<SessionRepository, 'open'>
  auditLog: Pick<AuditLog, 'tell' | 'recordRefusal'>
  crypto: Pick<CryptoPool, 'checkPasswordAndSign'>
  accessTokens: AccessTokens
  refreshTokens: Pick<RefreshTokens, 'newToken' | 'hash'>
  limits: LoginLimits
  passwords: Pick<StoredPasswords, 'toCompare'>
  renewPasswordHash: RenewPasswordHash
  surplusSessions: Pick<SurplusSessions, 'mayHave'>
  log: Pick<Logger, 'warn'>
  /** The stored password of nobody: of nothing anybody knows, at the configured cost. */
  decoyHash: string
  idleSeconds: number
  absoluteSeconds: number
  newSessionId: () => string
}

// The decoy matches no password, so a token of this user never leaves the worker.
const nobody = '0'

/** One answer for a wrong name, a wrong password and too many of them, so the client cannot learn which names exist. */
const badCredentials = () => new Problem(401, 'bad-credentials', 'Username or password is wrong')

/**
 * The use case of `POST /login`. An unknown name is checked against the decoy, so that it takes as long as a known one. The token is
 * signed in the same hop as the password is compared, and thrown away when its session cannot be opened. Throws `badCredentials`,
 * `loginsOverloaded`, `cryptoUnavailable`, `pepperMissing` or `databaseUnavailable`.
 */
export function createLogIn(deps: LogInDeps) {
  const { users, sessions, auditLog, crypto, accessTokens, refreshTokens, limits, passwords, decoyHash, log } = deps
  const { surplusSessions, idleSeconds, absoluteSeconds } = deps
  const refreshExpiresIn = Math.min(idleSeconds, absoluteSeconds)

  return async function logIn(
    username: string,
    password: string,
    client: Client,
    signal: AbortSignal,
  ): Promise<TokenPair> {
    const caller = { network: networkOf(client.address), signal }
    const found = await users.findByUsername(username)
    const answer = await tryWith(found)
    if (answer !== 'changed-meanwhile') return answer
    // Its hash was renewed, most likely, by a login of the same user at the same time; the password is right all the same.
    const second = await tryWith(await users.findByUsername(username))
    if (second !== 'changed-meanwhile') return second
    throw await refused(found, second)

    async function tryWith(found: User | undefined): Promise<TokenPair | 'changed-meanwhile'> {
      // Who is disabled may not log in, so is as unknown as one who never was.
      const user = found?.isDisabled ? undefined : found
      const sessionId = deps.newSessionId()
      const lifetime = withinSession(accessTokens.newLifetime(), refreshExpiresIn)
      const claims = accessTokens.claims({ sessionId, userId: user?.id ?? nobody }, lifetime)
      const comparison = passwords.toCompare(password, user?.passwordHash ?? decoyHash)
      const token = await crypto.checkPasswordAndSign({ ...comparison, claims }, caller)
      const attempt = { userId: found?.id ?? null, username, ...client }
      const admission = await limits.admit(attempt, token !== null)
      if (admission === 'locked') throw await refused(found, 'locked')
      if (!user || token === null || !admission) throw await refused(found, reasonOf(found))

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
      if (!isOpen) return 'changed-meanwhile'
      // Before anything else may fail: the row is there.
      auditLog.tell({ event: 'login', outcome: 'ok', userId: user.id, sessionId, ...client })
      surplusSessions.mayHave(user.id)
      await limits.loggedIn({ ...attempt, userId: user.id }, admission).catch((error: unknown) => {
        // The session is open and written down. What is not forgotten now is over in minutes, or forgotten by the next login.
        log.warn({ requestId: client.requestId, err: error }, 'failed logins not forgotten')
      })
      deps.renewPasswordHash(user, password)
      return {
        token,
        tokenType: 'Bearer',
        expiresIn: lifetime.exp - lifetime.iat,
        refreshToken,
        refreshExpiresIn,
      }
    }

    /** The answer, once the refusal is written: the same steps whatever the reason. */
    async function refused(user: User | undefined, reason: string) {
      await auditLog.recordRefusal({ event: 'login', outcome: 'refused', reason, userId: user?.id, ...client })
      return badCredentials()
    }
  }
}

const reasonOf = (user: User | undefined) =>
  user === undefined ? 'unknown-name' : user.isDisabled ? 'user-disabled' : 'wrong-password'

export type LogIn = ReturnType<typeof createLogIn>
