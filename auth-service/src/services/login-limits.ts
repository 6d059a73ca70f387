import type { AuditLog, Client } from '../data/audit-log.js'
import type { FailedLogins, FailureLimit, Target } from '../data/failed-logins.js'
import type { KnownDevices } from '../data/known-devices.js'
import type { LoginLimitMetrics } from './login-limit-metrics.js'
import { networkOf } from './network-of.js'

type LoginLimitsDeps = {
  failedLogins: FailedLogins
  knownDevices: KnownDevices
  /** Failures of one account from one address, and from anywhere. The same that `failedLogins` counts by. */
  perPair: FailureLimit
  perAccount: FailureLimit
  metrics: LoginLimitMetrics
  auditLog: Pick<AuditLog, 'recordRefusal'>
}

/** Which limit is reached: that of one account from one address, or that of the account. */
export type ReachedLimit = 'pair' | 'account'

/** An attempt to log in. `userId` is null for a name nobody has, `address` the client's. */
export type Attempt = Client & { userId: string | null; username: string }

/**
 * Slows guessing down. Who has failed too often is not let in, even with the right password, and is not told so. Only failures count, and
 * where a user logged in from before is not bound by what others did elsewhere.
 */
export function createLoginLimits({
  failedLogins,
  knownDevices,
  perPair,
  perAccount,
  metrics,
  auditLog,
}: LoginLimitsDeps) {
  async function findReachedLimit(target: Target): Promise<ReachedLimit | null> {
    const [failures, isKnown] = await Promise.all([
      failedLogins.read(target),
      knownDevices.isKnown(target.userId, target.network),
    ])
    if (failures.ofPair >= perPair.failures) return 'pair'
    if (failures.ofAccount >= perAccount.failures && !isKnown) return 'account'
    return null
  }

  async function countFailure(attempt: Attempt, target: Target, reached: ReachedLimit | null) {
    // What was refused unheard is no guess. It is written all the same, or its answer would come sooner than the others.
    const failures = await failedLogins.add(reached ? 0 : 1, target)
    if (reached) return metrics.refused(reached)
    if (failures.ofPair === perPair.failures) await tellLockout('pair', attempt)
    if (failures.ofAccount === perAccount.failures) await tellLockout('account', attempt)
  }

  async function tellLockout(limit: ReachedLimit, { userId, address, userAgent, requestId }: Attempt) {
    metrics.lockedOut(limit)
    const whose = userId === null ? {} : { userId }
    await auditLog.recordRefusal({
      event: 'lockout',
      outcome: 'refused',
      reason: limit,
      ...whose,
      address,
      userAgent,
      requestId,
    })
  }

  return {
    /**
     * Whether whoever knew the password, or did not, may enter; counts it when not. Asked after the comparison: those that came before
     * have been counted by then, also when all of them were sent at once. A wrong password, an unknown name and a right password that
     * comes too late take the same steps.
     */
    async admits(attempt: Attempt, knewPassword: boolean): Promise<boolean> {
      const target = targetOf(attempt)
      const reached = await findReachedLimit(target)
      if (knewPassword && !reached) return true
      await countFailure(attempt, target, reached)
      return false
    },

    /** Forgets the failures of the account from this address, which is known from now on. */
    async loggedIn(attempt: Attempt & { userId: string }): Promise<void> {
      const target = targetOf(attempt)
      await Promise.all([failedLogins.forgetPair(target), knownDevices.remember(attempt.userId, target.network)])
    },
  }
}

export type LoginLimits = ReturnType<typeof createLoginLimits>

const targetOf = ({ userId, username, address }: Attempt): Target => ({ userId, username, network: networkOf(address) })
