import { createSecretKey, randomUUID } from 'node:crypto'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import jwt from 'jsonwebtoken'

const lifetimeSeconds = 3600

/** As many different tokens, as a login would issue them, for the users with the ids 1 to `users` in turn. */
export function signTokens(signingKey: string, count: number, users = 3): string[] {
  // Given a string, jsonwebtoken would try anew each time whether it is a private key.
  const key = createSecretKey(Buffer.from(signingKey))
  return Array.from({ length: count }, (_, index) =>
    jwt.sign({ sub: String((index % users) + 1), jti: randomUUID(), sid: randomUUID() }, key, {
      algorithm: 'HS256',
      issuer: tokenIssuer,
      audience: tokenAudience,
      expiresIn: lifetimeSeconds,
    }),
  )
}
