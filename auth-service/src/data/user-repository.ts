import type { Database } from '@auth-stack/service-kit'

/** A user as auth-service needs one. `id` is a bigint, so a string. */
export type User = { id: string; username: string; passwordHash: string; role: string; isDisabled: boolean }

/** The users table, as auth-service may use it. Each call is one round trip, by key, with a prepared statement. */
export function createUserRepository(db: Pick<Database, 'query'>) {
  return {
    async findByUsername(username: string): Promise<User | undefined> {
      const { rows } = await db.query<User>({
        name: 'find-user-by-username',
        text: 'select id, username, password_hash as "passwordHash", role, disabled_at is not null as "isDisabled" from users where username = $1',
        values: [username],
      })
      return rows[0]
    },
  }
}

export type UserRepository = ReturnType<typeof createUserRepository>
