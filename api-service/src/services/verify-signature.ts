import { createSecretKey } from 'node:crypto'
import { tokenAlgorithm, type VerifySignature } from '@auth-stack/access-token'
import jwt from 'jsonwebtoken'

/**
 * Verifies HS256 signatures on the event loop: with a `KeyObject` that is 11 µs, a fifth of a hop to a worker. (With the secret as a
 * string it would be 450.) `signingKey` is at least 32 bytes.
 */
export function createVerifySignature(signingKey: Uint8Array): VerifySignature {
  const key = createSecretKey(signingKey)
  return (token) => {
    try {
      jwt.verify(token, key, { algorithms: [tokenAlgorithm], ignoreExpiration: true, ignoreNotBefore: true })
      return true
    } catch {
      return false
    }
  }
}
