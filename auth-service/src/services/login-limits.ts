import type { AuditLog, Client } from '../data/audit-log.js'
import type { FailureLimit, History, LoginHistory, Target } from '../data/login-history.js'
import type { LoginLimitMetrics } from './login-limit-metrics.js'
import { networkOf } from './network-of.js'

type LoginLimitsDeps = {
  history: LoginHistory
  /** Failures of one account from one address, and from anywhere. The same that `history` counts by. */
  perPair: FailureLimit
  perAccount: FailureLimit
  metrics: LoginLimitMetrics
  auditLog: Pick<AuditLog, 'recordRefusal'>
}

/** Which limit is reached: that of one account from one address, or that of the account. */
export type ReachedLimit = 'pair' | 'account'

/** An attempt to log in. `userId` is null for a name nobody has, `address` the client's. */
export type Attempt = Client & { userId: string | null; username: string }

/** Of who may enter, what is remembered already. */
export type Admission = Pick<History, 'ofPair' | 'isRemembered'>

/**
 * Slows guessing down. Who has failed too often is not let in, even with the right password, and is not told so. Only failures count, and
 * where a user logged in from before is not bound by what others did elsewhere.
 */
export function createLoginLimits({ history, perPair, perAccount, metrics, auditLog }: LoginLimitsDeps) {
  function reachedLimit({ ofPair, ofAccount, isKnownDevice }: History): ReachedLimit | null {
    if (ofPair >= perPair.failures) return 'pair'
    if (ofAccount >= perAccount.failures && !isKnownDevice) return 'account'
    return null
  }

  async function countFailure(attempt: Attempt, target: Target, reached: ReachedLimit | null) {
    // What was refused unheard is no guess. It is written all the same, or its answer would come sooner than the others.
    const failures = await history.addFailure(reached ? 0 : 1, target)
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
     * Lets in whoever knew the password. Who did not is counted: undefined. When a limit is reached it is `locked`, whoever knew what, so
     * that the audit log does not tell its readers which guess was right. Asked after the comparison: those that came before have been
     * counted by then, also when all of them were sent at once. A wrong password, an unknown name and a right password that comes too late
     * take the same steps.
     */
    async admit(attempt: Attempt, knewPassword: boolean): Promise<Admission | 'locked' | undefined> {
      const target = targetOf(attempt)
      const before = await history.read(target)
      const reached = reachedLimit(before)
      if (knewPassword && !reached) return before
      await countFailure(attempt, target, reached)
      return reached ? 'locked' : undefined
    },

    /** Forgets the failures of the account from this address, which is known from now on. Nothing is asked when that is so already. */
    async loggedIn(attempt: Attempt & { userId: string }, before: Admission): Promise<void> {
      const target = targetOf(attempt)
      await Promise.all([
        before.ofPair > 0 && history.forgetPair(target),
        !before.isRemembered && history.rememberDevice(attempt.userId, target.network),
      ])
    },
  }
}

export type LoginLimits = ReturnType<typeof createLoginLimits>

const targetOf = ({ userId, username, address }: Attempt): Target => ({ userId, username, network: networkOf(address) })
