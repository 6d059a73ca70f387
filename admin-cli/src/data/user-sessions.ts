import type { Database } from './database.js'

/** A session that has not ended. */
export type UserSession = {
  id: string
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
  address: string
  userAgent: string
}

// Not ended, and a refresh would still succeed.
const alive = 'ended_at is null and now() < least(idle_expires_at, absolute_expires_at)'

/** The sessions of a user, as admin_cli may use them. */
export function createUserSessions(db: Pick<Database, 'query'>) {
  return {
    list: (userId: string) =>
      db.query<UserSession>(
        `select id, created_at as "createdAt", last_used_at as "lastUsedAt",
                least(idle_expires_at, absolute_expires_at) as "expiresAt", address, user_agent as "userAgent"
         from sessions where user_id = $1 and ${alive} order by last_used_at desc`,
        [userId],
      ),

    /** Ends one of them, or all; the ids of those it ended. */
    async end(userId: string, sessionId: string | undefined): Promise<string[]> {
      const ended = await db.query<{ id: string }>(
        // Locked by id, as auth-service does, or the two could wait for each other.
        `with live as (
           select id from sessions
           where user_id = $1 and ($2::uuid is null or id = $2) and ended_at is null order by id for update
         )
         update sessions set ended_at = now(), end_reason = 'ended-by-admin'
         from live where sessions.id = live.id returning sessions.id`,
        [userId, sessionId ?? null],
      )
      return ended.map(({ id }) => id)
    },
  }
}

export type UserSessions = ReturnType<typeof createUserSessions>
