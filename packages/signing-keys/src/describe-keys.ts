import { isPublic, type VerificationKey } from './keys.js'

/** Keys as a log may name them: a secret by its algorithm alone, a public key by its `kid` too. */
export const describeKeys = (keys: VerificationKey[]): string[] =>
  keys.map((key) => (isPublic(key) ? `${key.algorithm} ${key.kid}` : key.algorithm))
