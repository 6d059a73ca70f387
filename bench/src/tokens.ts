import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import jwt from 'jsonwebtoken'

const lifetimeSeconds = 3600

/** As many different tokens, as a login would issue them, for the users with the ids 1 to `users` in turn. */
export function signTokens(signingKey: string, count: number, users = 3): string[] {
  return Array.from({ length: count }, (_, index) =>
    jwt.sign({ sub: String((index % users) + 1), jti: randomUUID(), sid: randomUUID() }, signingKey, {
      algorithm: 'HS256',
      issuer: tokenIssuer,
      audience: tokenAudience,
      expiresIn: lifetimeSeconds,
    }),
  )
}

/** Writes them as wrk wants them, one a line, and returns the file's path. */
export function writeTokens(file: string, tokens: string[]): string {
  writeFileSync(file, `${tokens.join('\n')}\n`, { mode: 0o600 })
  return file
}
