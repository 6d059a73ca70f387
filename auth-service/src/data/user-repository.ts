import type { Database } from '@auth-stack/service-kit'

/** A user as auth-service needs one. `id` is a bigint, so a string; `passwordHash` as `StoredPasswords` reads it. */
export type User = { id: string; passwordHash: string; isDisabled: boolean }

/** The users table, as auth-service may use it. Each call is one round trip, by key, with a prepared statement. */
export function createUserRepository(db: Pick<Database, 'query'>) {
  return {
    async findByUsername(username: string): Promise<User | undefined> {
      const { rows } = await db.query<User>({
        name: 'find-user-by-username',
        text: 'select id, password_hash as "passwordHash", disabled_at is not null as "isDisabled" from users where username = $1',
        values: [username],
      })
      return rows[0]
    },

    /** Puts a better hash of the same password in place of the old one; ends no session. False when that is not there any more. */
    async renewPasswordHash(id: string, oldHash: string, newHash: string): Promise<boolean> {
      const { rows } = await db.query<{ renewed: boolean }>({
        name: 'renew-password-hash',
        text: 'select renew_password_hash($1, $2, $3) as renewed',
        values: [id, oldHash, newHash],
      })
      return rows[0]?.renewed ?? false
    },
  }
}

export type UserRepository = ReturnType<typeof createUserRepository>
