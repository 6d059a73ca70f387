import type { Logger } from '@auth-stack/service-kit'
import type { CryptoPool } from '../crypto/pool.js'
import type { User, UserRepository } from '../data/user-repository.js'
import type { StoredPasswords } from './stored-passwords.js'

type RenewPasswordHashDeps = {
  users: Pick<UserRepository, 'renewPasswordHash'>
  crypto: Pick<CryptoPool, 'hashPassword'>
  passwords: StoredPasswords
  log: Pick<Logger, 'info' | 'warn'>
}

/** Beyond it a hash is left for the next login of its user. */
const maxWaiting = 16

/**
 * Replaces an outdated hash by a new one of the same password, which was right a moment ago. Nobody waits for it: it is done one at a
 * time, so that it takes one worker at most from those who log in, and when it fails the old hash stays and serves.
 */
export function createRenewPasswordHash({ users, crypto, passwords, log }: RenewPasswordHashDeps) {
  let line = Promise.resolve()
  let waiting = 0

  async function renew(user: User, password: string) {
    try {
      const newHash = await crypto.hashPassword(passwords.toHash(password, user.passwordHash))
      // False when somebody else was first, which is as good.
      const isRenewed = await users.renewPasswordHash(user.id, user.passwordHash, passwords.toStore(newHash))
      if (isRenewed) log.info({ userId: user.id }, 'password hash renewed')
    } catch (error) {
      log.warn({ userId: user.id, err: error }, 'password hash not renewed')
    } finally {
      waiting--
    }
  }

  return function renewPasswordHash(user: User, password: string): void {
    if (!passwords.isOutdated(user.passwordHash) || waiting >= maxWaiting) return
    waiting++
    line = line.then(() => renew(user, password))
  }
}

export type RenewPasswordHash = ReturnType<typeof createRenewPasswordHash>
