import { databaseUrl, readEnv, wholeNumber } from '@auth-stack/service-kit'
import { z } from 'zod'

/** What the CLI reads from its environment. `actor` is who runs it, as the system knows them. */
export function readConfig(env: NodeJS.ProcessEnv, actor: string) {
  return readEnv(
    {
      /** Connects as the role admin_cli. */
      DATABASE_URL: databaseUrl(),
      /** Who is written into the audit log as having done it. In a container the system's user says nothing. */
      ADMIN_ACTOR: z.string().max(64, 'is longer than 64 characters').default(actor),
      /** What a new hash costs, as a power of two. The same as auth-service's, or the time of a login tells which names exist. */
      BCRYPT_COST: wholeNumber(4, 31).default(12),
      /** NIST SP 800-63B-4 §3.1.1.2: 15 where the password is the only factor, never under 8. No more than bcrypt can hold. */
      PASSWORD_MIN_CHARACTERS: wholeNumber(8, 64).default(15),
    },
    env,
  )
}

export type Config = ReturnType<typeof readConfig>
