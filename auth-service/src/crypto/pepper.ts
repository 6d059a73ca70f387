import { createHmac } from 'node:crypto'

/**
 * A secret that goes into every hash, so that a copy of the database alone is not enough to guess at passwords. `id` tells which one it
 * was: eight hexadecimal digits that say nothing else about it.
 */
export function createPepper(secret: Uint8Array) {
  const hmac = (text: string, encoding: 'hex' | 'base64') => createHmac('sha256', secret).update(text).digest(encoding)
  return {
    // No password holds a NUL.
    id: hmac('\0id', 'hex').slice(0, 8),
    /** What is hashed in place of the password: 44 characters, so bcrypt reads all of it. */
    season: (password: string) => hmac(password, 'base64'),
  }
}

export type Pepper = ReturnType<typeof createPepper>
