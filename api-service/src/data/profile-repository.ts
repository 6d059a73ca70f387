import type { Database } from '@auth-stack/service-kit'

/** A user as others may see them. `lastLogin` is null for one who never logged in. */
export type Profile = { id: string; username: string; role: string; lastLogin: Date | null }

// All of 18 digits fit a Postgres bigint; no other subject can be the id of a user.
const idPattern = /^[1-9][0-9]{0,17}$/

/** The users table, as api-service may use it. Each call is one round trip, by primary key, with a prepared statement. */
export function createProfileRepository(db: Pick<Database, 'query'>) {
  return {
    async findById(id: string): Promise<Profile | undefined> {
      if (!idPattern.test(id)) return undefined
      const { rows } = await db.query<Profile>({
        name: 'find-profile-by-id',
        text: 'select id, username, role, last_login_at as "lastLogin" from users where id = $1',
        values: [id],
      })
      return rows[0]
    },
  }
}

export type ProfileRepository = ReturnType<typeof createProfileRepository>
