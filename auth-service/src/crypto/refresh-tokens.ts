import { createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto'

/**
 * Refresh tokens: 256 bits that say nothing, in base64url. On the event loop, because each of these takes a few microseconds.
 * `secret` is the key of the successors, at least 32 bytes.
 */
export function createRefreshTokens(secret: Uint8Array) {
  const key = createSecretKey(secret)

  return {
    /** The first of a session. */
    newToken: () => randomBytes(32).toString('base64url'),
    /** The one a token is spent on. Always the same, so that it can be told again although only its hash is stored. */
    successorOf: (token: string) => createHmac('sha256', key).update(token).digest('base64url'),
    /** What of a token is stored. */
    hash: (token: string) => createHash('sha256').update(token).digest(),
  }
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>
