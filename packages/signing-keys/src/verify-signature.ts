import type { KeyHint, VerifySignature } from '@auth-stack/access-token'
import { type Algorithm, isPublic, type SecretKey, type VerificationKey } from './keys.js'

/** Whether the token's signature is that of one key, by that key's algorithm. */
export type VerifyByKey = (token: string) => boolean

type VerifySignatureOptions = {
  keys: VerificationKey[]
  /** Algorithms of keys that may yet come; those of `keys` are known anyway. */
  furtherAlgorithms?: Algorithm[]
  /** Makes a key ready for use. Called once a key, not once a token. */
  prepare: (key: VerificationKey) => VerifyByKey
}

/**
 * Verifies with a set of keys. A key is used with its own algorithm only, and a token with another key than its header names is refused:
 * the header picks among the keys, and decides nothing. Secrets have no `kid` and are all tried, the first one first; there are few.
 */
export function createVerifySignature({
  keys,
  furtherAlgorithms = [],
  prepare,
}: VerifySignatureOptions): VerifySignature {
  const algorithms = new Set<unknown>([...keys.map(({ algorithm }) => algorithm), ...furtherAlgorithms])
  const secrets = keys.filter((key): key is SecretKey => !isPublic(key)).map(prepare)
  const publicKeys = new Map(
    keys.filter(isPublic).map((key) => [key.kid, { algorithm: key.algorithm, verify: prepare(key) }]),
  )

  return function verifySignature(token, { alg, kid }: KeyHint) {
    if (!algorithms.has(alg)) return 'wrong-algorithm'
    if (alg === 'HS256') return secrets.some((verify) => verify(token)) ? null : 'bad-signature'
    if (kid === undefined) return 'malformed'
    const key = publicKeys.get(kid)
    if (!key) return 'unknown-key'
    if (key.algorithm !== alg) return 'wrong-algorithm'
    return key.verify(token) ? null : 'bad-signature'
  }
}
