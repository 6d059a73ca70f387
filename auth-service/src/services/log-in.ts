import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { Problem } from '@auth-stack/service-kit'
import type { Caller } from '../crypto/hash-queue.js'
import type { CryptoPool } from '../crypto/pool.js'
import type { UserRepository } from '../data/user-repository.js'
import type { LoginLimits } from './login-limits.js'
import type { RenewPasswordHash } from './renew-password-hash.js'
import type { StoredPasswords } from './stored-passwords.js'

type LogInDeps = {
  users: UserRepository
  crypto: Pick<CryptoPool, 'checkPasswordAndSign'>
  limits: LoginLimits
  passwords: Pick<StoredPasswords, 'toCompare'>
  renewPasswordHash: RenewPasswordHash
  /** The stored password of nobody: of nothing anybody knows, at the configured cost. */
  decoyHash: string
  accessTokenSeconds: number
  nowSeconds: () => number
  newTokenId: () => string
}

/** What a login answers. `expiresIn` is in seconds. */
export type AccessToken = { token: string; tokenType: 'Bearer'; expiresIn: number }

/** Who asks to be let in. */
type LoginCaller = Caller & { requestId: string }

/** One answer for a wrong name, a wrong password and too many of them, so the client cannot learn which names exist. */
const badCredentials = () => new Problem(401, 'bad-credentials', 'Username or password is wrong')

/**
 * The use case of `POST /login`. An unknown name is checked against the decoy, so that it takes as long as a known one. Throws
 * `badCredentials`, `loginsOverloaded`, `cryptoUnavailable` or `databaseUnavailable`.
 */
export function createLogIn({
  users,
  crypto,
  limits,
  passwords,
  renewPasswordHash,
  decoyHash,
  accessTokenSeconds,
  nowSeconds,
  newTokenId,
}: LogInDeps) {
  return async function logIn(username: string, password: string, caller: LoginCaller): Promise<AccessToken> {
    const user = await users.findByUsername(username)
    const claims = user && newClaims(user.id)
    const comparison = passwords.toCompare(password, user?.passwordHash ?? decoyHash)
    const token = await crypto.checkPasswordAndSign({ ...comparison, claims: claims ?? null }, caller)
    const { address, requestId } = caller
    const attempt = { userId: user?.id ?? null, username, address, requestId }
    const isAdmitted = await limits.admits(attempt, token !== null)
    if (!user || token === null || !isAdmitted) throw badCredentials()
    await Promise.all([users.recordLogin(user.id), limits.loggedIn({ ...attempt, userId: user.id })])
    renewPasswordHash(user, password)
    return { token, tokenType: 'Bearer', expiresIn: accessTokenSeconds }
  }

  function newClaims(userId: string) {
    const iat = nowSeconds()
    return { iss: tokenIssuer, aud: tokenAudience, sub: userId, iat, exp: iat + accessTokenSeconds, jti: newTokenId() }
  }
}

export type LogIn = ReturnType<typeof createLogIn>
