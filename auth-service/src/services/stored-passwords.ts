import { Problem } from '@auth-stack/service-kit'
import type { Pepper } from '../crypto/pepper.js'

type StoredPasswordsDeps = {
  pepper: Pepper | null
  /** What a hash should cost at least, as a power of two. */
  cost: number
}

/** The answer when a hash was made with a pepper we do not have: neither right nor wrong. */
const pepperMissing = () =>
  new Problem(503, 'password-check-unavailable', 'Passwords cannot be checked at present', {
    headers: { 'retry-after': '60' },
    cause: new Error('PASSWORD_PEPPER is not set, or not the one that the hash of this user was made with'),
  })

/**
 * What the column password_hash holds: a bcrypt hash, and before it, in braces, the id of the pepper that went into it, if one did. Any
 * hash is compared as it was made; `isOutdated` tells which should be made anew.
 */
export function createStoredPasswords({ pepper, cost }: StoredPasswordsDeps) {
  return {
    /** What a worker is to compare. Throws `pepperMissing`. */
    toCompare(password: string, stored: string) {
      const { pepperId, hash } = partsOf(stored)
      if (pepperId === undefined) return { password, hash }
      if (pepperId !== pepper?.id) throw pepperMissing()
      return { password: pepper.season(password), hash }
    },

    /** What a worker is to hash. Never at a lower cost than before. */
    toHash: (password: string, before?: string) => ({
      password: pepper ? pepper.season(password) : password,
      cost: Math.max(cost, before ? partsOf(before).cost : 0),
    }),

    /** What to write down for the hash of `toHash`. */
    toStore: (hash: string) => (pepper ? `{${pepper.id}}${hash}` : hash),

    isOutdated(stored: string): boolean {
      const { pepperId, kind, cost: costNow } = partsOf(stored)
      return kind !== '2b' || costNow < cost || (pepper !== null && pepperId === undefined)
    },
  }
}

export type StoredPasswords = ReturnType<typeof createStoredPasswords>

/** Of `{1a2b3c4d}$2b$10$…` or `$2b$10$…`, which the database holds nothing else than. */
function partsOf(stored: string) {
  const [, pepperId, hash = '', kind, cost] = /^(?:\{(\w+)\})?(\$(\w+)\$(\d+)\$.*)$/.exec(stored) ?? []
  return { pepperId, hash, kind, cost: Number(cost) }
}
