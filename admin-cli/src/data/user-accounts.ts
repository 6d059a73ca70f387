import { AdminError, noSuchUser } from '../admin-error.js'
import { printable } from '../printable.js'
import { type Database, violates } from './database.js'

/** A user, as the list shows one. Times are ISO 8601. */
export type UserAccount = {
  id: string
  username: string
  role: string
  createdAt: Date
  lastLoginAt: Date | null
  disabledAt: Date | null
}

export const roles = ['standard', 'admin'] as const
export type Role = (typeof roles)[number]

const columns = `id, username, role, created_at as "createdAt", last_login_at as "lastLoginAt", disabled_at as "disabledAt"`

/** The users table, as admin_cli may use it. Each change is one statement, and a row of the audit log by its trigger. */
export function createUserAccounts(db: Pick<Database, 'query'>) {
  async function find(username: string): Promise<UserAccount> {
    const [user] = await db.query<UserAccount>(`select ${columns} from users where username = $1`, [username])
    if (!user) throw noSuchUser(username)
    return user
  }

  /** Changes the user with a condition that spares who is as wanted already; tells whether anything changed. */
  async function change(username: string, set: string, unless: string, values: unknown[] = []): Promise<boolean> {
    const sql = `update users set ${set} where username = $1 and not (${unless}) returning id`
    const changed = (await db.query(sql, [username, ...values])).length === 1
    if (!changed) await find(username)
    return changed
  }

  return {
    find,
    list: () => db.query<UserAccount>(`select ${columns} from users order by username collate "C"`),

    async add(username: string, passwordHash: string, role: Role): Promise<UserAccount> {
      try {
        const [user] = await db.query<UserAccount>(
          `insert into users (username, password_hash, role) values ($1, $2, $3) returning ${columns}`,
          [username, passwordHash, role],
        )
        return user as UserAccount
      } catch (error) {
        if (violates(error, 'users_username_key')) throw new AdminError(`There is a user ${username} already`)
        throw error
      }
    },

    /** Also when it is the old one: the hash is another. */
    async setPasswordHash(username: string, passwordHash: string): Promise<void> {
      await change(username, 'password_hash = $2', 'false', [passwordHash])
    },
    setRole: (username: string, role: Role) => change(username, 'role = $2', 'role = $2', [role]),
    disable: (username: string) => change(username, 'disabled_at = now()', 'disabled_at is not null'),
    enable: (username: string) => change(username, 'disabled_at = null', 'disabled_at is null'),
    /** Forgets the user's failed logins; tells whether there were any. */
    async unlock(username: string): Promise<boolean> {
      const { id } = await find(username)
      const [row] = await db.query<{ unlocked: boolean }>('select unlock_user($1) as unlocked', [id])
      return row?.unlocked ?? false
    },
  }
}

export type UserAccounts = ReturnType<typeof createUserAccounts>

/** One spelling a name, as the schema demands; told here before anybody types a password. */
export function checkUsername(username: string): string {
  if (/^[a-z0-9._@+-]{1,64}$/.test(username)) return username
  throw new AdminError(
    `"${printable(username)}" cannot be a name: 1 to 64 of the letters a to z, digits, and . _ @ + - (lower case only)`,
  )
}
