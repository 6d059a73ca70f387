import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { algorithmOf } from './key-strength.js'
import { isPublic, type PublicKey, type VerificationKey } from './keys.js'

/** A JSON Web Key Set (RFC 7517 §5) of public keys. */
export type Jwks = { keys: Record<string, string>[] }

/** The public keys of a set, for everybody to read. Secrets are left out. */
export function toJwks(keys: VerificationKey[]): Jwks {
  return { keys: keys.filter(isPublic).map(toJwk) }
}

function toJwk({ algorithm, kid, publicKey }: PublicKey): Record<string, string> {
  // Members are named one by one: what is private can never be among them.
  const { kty, crv, x, y, n, e } = createPublicKey(publicKey).export({ format: 'jwk' })
  const members = { kty, crv, x, y, n, e, use: 'sig', alg: algorithm, kid }
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** What a fetched key set holds: keys of use here, and why each other key is not. */
type ParsedJwks = { keys: PublicKey[]; ignored: { kid: string | undefined; reason: string }[] }

/**
 * Reads a key set that somebody else serves. A key that is weak, for something else or not understood is left out and named (RFC 7517
 * §5); nothing of it is trusted but its numbers. Throws when it is no key set at all.
 */
export function parseJwks(text: string): ParsedJwks {
  const jwks: unknown = JSON.parse(text)
  const keys = (jwks as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new Error('it is no JSON Web Key Set')
  const parsed: ParsedJwks = { keys: [], ignored: [] }
  for (const jwk of keys as unknown[]) {
    const kid = kidOf(jwk)
    try {
      if (parsed.keys.some((key) => key.kid === kid)) throw new Error('another key has its kid')
      parsed.keys.push(parseJwk(jwk, kid))
    } catch (error) {
      parsed.ignored.push({ kid, reason: (error as Error).message })
    }
  }
  return parsed
}

function parseJwk(jwk: unknown, kid: string | undefined): PublicKey {
  if (kid === undefined) throw new Error('it has no kid')
  const { use, alg, key_ops: operations, kty, crv, x, y, n, e } = jwk as Record<string, unknown>
  if (use !== undefined && use !== 'sig') throw new Error('its use is not sig')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw new Error('its key_ops do not hold verify')
  }
  const key = readJwk({ kty, crv, x, y, n, e })
  const algorithm = algorithmOf(key)
  if (alg !== undefined && alg !== algorithm) throw new Error(`its alg is not ${algorithm}`)
  return { algorithm, kid, publicKey: key.export({ type: 'spki', format: 'pem' }).toString() }
}

function readJwk(members: Record<string, unknown>): KeyObject {
  try {
    return createPublicKey({ key: members as JsonWebKey, format: 'jwk' })
  } catch {
    throw new Error('it is no public key of a known kind')
  }
}

function kidOf(jwk: unknown): string | undefined {
  const kid = (jwk as { kid?: unknown } | null)?.kid
  return typeof kid === 'string' && kid !== '' && kid.length <= 256 ? kid : undefined
}
