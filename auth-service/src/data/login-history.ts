import { createHmac, randomBytes } from 'node:crypto'
import type { Database } from '@auth-stack/service-kit'
import { RateLimiterPostgres } from 'rate-limiter-flexible'

/** So many failures, in so many seconds from the first one on. */
export type FailureLimit = { failures: number; seconds: number }

type LoginHistoryDeps = {
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

/** `isKnownDevice`: the user logged in from there in the last 30 days; `isRemembered`: and that has been written down within a day. */
export type History = Failures & { isKnownDevice: boolean; isRemembered: boolean }

/**
 * What is remembered of each account's logins: how many failed (the table failed_logins, counted by rate-limiter-flexible), and where its
 * user logged in from (known_devices). All instances share it. Each call throws `databaseUnavailable`.
 */
export function createLoginHistory({ db, perPair, perAccount }: LoginHistoryDeps) {
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
    /** One round trip, as every login takes it. */
    async read(target: Target): Promise<History> {
      const { rows } = await db.query<History>({
        name: 'read-login-history',
        text: readLoginHistory,
        values: [
          pairs.getKey(pairOf(target)),
          accounts.getKey(whoIs(target)),
          Date.now(),
          target.userId,
          target.network,
        ],
      })
      return rows[0] as History
    },

    /** Adds one failure, or none at the same cost, and says how many there are then. No two callers are told the same number. */
    async addFailure(count: 0 | 1, target: Target): Promise<Failures> {
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

    /** Writes at most once a day for a device. What is too old to be known goes when the same user has a new one. */
    async rememberDevice(userId: string, network: string): Promise<void> {
      await db.query({ name: 'remember-device', text: rememberDevice, values: [userId, network] })
    },
  }
}

export type LoginHistory = ReturnType<typeof createLoginHistory>

// The counts expire by the clock of whoever counts, as rate-limiter-flexible has it.
const readLoginHistory = `
  with device as (
    select last_login_at from known_devices
    where user_id = $4::bigint and network = $5 and last_login_at > now() - interval '30 days'
  )
  select
    coalesce((select points from failed_logins where key = $1 and expire > $3), 0) as "ofPair",
    coalesce((select points from failed_logins where key = $2 and expire > $3), 0) as "ofAccount",
    exists (select from device) as "isKnownDevice",
    exists (select from device where last_login_at >= now() - interval '1 day') as "isRemembered"`

const rememberDevice = `
  with aged as (
    delete from known_devices where user_id = $1 and network <> $2 and last_login_at <= now() - interval '30 days'
  )
  insert into known_devices (user_id, network) values ($1, $2)
    on conflict (user_id, network) do update set last_login_at = now()
      where known_devices.last_login_at < now() - interval '1 day'`
