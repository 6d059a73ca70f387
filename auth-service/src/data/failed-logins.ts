import { createHmac, randomBytes } from 'node:crypto'
import type { Database } from '@auth-stack/service-kit'
import { RateLimiterPostgres } from 'rate-limiter-flexible'

/** So many failures, in so many seconds from the first one on. */
export type FailureLimit = { failures: number; seconds: number }

type FailedLoginsDeps = {
  db: Pick<Database, 'query'>
  /** Of one account from one address. */
  perPair: FailureLimit
  /** Of one account from anywhere. */
  perAccount: FailureLimit
}

/** Who is tried, and where from. `userId` is null for a name nobody has. */
export type Target = { userId: string | null; username: string; network: string }

/** Failures so far, of the account from this address and from anywhere. */
export type Failures = { ofPair: number; ofAccount: number }

/** The table failed_logins, which all instances share. Throws `databaseUnavailable`. */
export function createFailedLogins({ db, perPair, perAccount }: FailedLoginsDeps) {
  const table = { storeClient: db, storeType: 'pool', tableName: 'failed_logins', tableCreated: true }
  const pairs = new RateLimiterPostgres({
    ...table,
    keyPrefix: 'pair',
    points: perPair.failures,
    duration: perPair.seconds,
  })
  const accounts = new RateLimiterPostgres({
    ...table,
    keyPrefix: 'account',
    points: perAccount.failures,
    duration: perAccount.seconds,
    // The other one deletes what has expired in the whole table.
    clearExpiredByTimeout: false,
  })

  // Known to this process alone. The counts of a name nobody has decide nothing, so no other instance needs to find them.
  const hashKey = randomBytes(32)
  const whoIs = ({ userId, username }: Target) =>
    userId ?? `~${createHmac('sha256', hashKey).update(username).digest('base64url')}`
  const pairOf = (target: Target) => `${whoIs(target)}:${target.network}`

  return {
    async read(target: Target): Promise<Failures> {
      const [pair, account] = await Promise.all([pairs.get(pairOf(target)), accounts.get(whoIs(target))])
      return { ofPair: pair?.consumedPoints ?? 0, ofAccount: account?.consumedPoints ?? 0 }
    },

    /** Adds one failure, or none at the same cost, and says how many there are then. No two callers are told the same number. */
    async add(count: 0 | 1, target: Target): Promise<Failures> {
      const [pair, account] = await Promise.all([
        pairs.penalty(pairOf(target), count),
        accounts.penalty(whoIs(target), count),
      ])
      return { ofPair: pair.consumedPoints, ofAccount: account.consumedPoints }
    },

    /** Forgets the failures from this address. Those from elsewhere stay: a user who logs in does not set whoever guesses free. */
    async forgetPair(target: Target): Promise<void> {
      await pairs.delete(pairOf(target))
    },
  }
}

export type FailedLogins = ReturnType<typeof createFailedLogins>
