import type { Database } from '@auth-stack/service-kit'

/** The table known_devices: where each user logged in from within the last 30 days. One round trip a call, by key. */
export function createKnownDevices(db: Pick<Database, 'query'>) {
  return {
    /** False also for nobody, who is `null`. */
    async isKnown(userId: string | null, network: string): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'find-known-device',
        text: `select from known_devices where user_id = $1 and network = $2 and last_login_at > now() - interval '30 days'`,
        values: [userId, network],
      })
      return rowCount === 1
    },

    /** Writes at most once a day for a device. What is too old to be known goes when the same user has a new one. */
    async remember(userId: string, network: string): Promise<void> {
      await db.query({
        name: 'remember-known-device',
        text: `
          with aged as (
            delete from known_devices where user_id = $1 and network <> $2 and last_login_at <= now() - interval '30 days'
          )
          insert into known_devices (user_id, network) values ($1, $2)
            on conflict (user_id, network) do update set last_login_at = now()
              where known_devices.last_login_at < now() - interval '1 day'`,
        values: [userId, network],
      })
    },
  }
}

export type KnownDevices = ReturnType<typeof createKnownDevices>
