import { createSecretKey } from 'node:crypto'
import { tokenAlgorithm } from '@auth-stack/access-token'
import bcrypt from 'bcrypt'
import jwt from 'jsonwebtoken'
import type { CreateEngine } from '../engine.js'

/** bcrypt in C++ (`bcrypt`), HMAC in OpenSSL through `jsonwebtoken`. */
export const createEngine: CreateEngine = (signingKey) => {
  // A KeyObject: given a string or Buffer, jsonwebtoken first tries to parse it as a public key, at forty times the cost.
  const key = createSecretKey(signingKey)

  return {
    hashPassword: (password, cost) => bcrypt.hashSync(password, cost),
    // $2y$ is what PHP calls $2b$; this library knows only the latter name.
    verifyPassword: (password, hash) => bcrypt.compareSync(password, hash.replace(/^\$2y\$/, '$2b$')),
    signToken: (claims) => jwt.sign(claims, key, { algorithm: tokenAlgorithm }),
    verifySignature(token) {
      try {
        jwt.verify(token, key, { algorithms: [tokenAlgorithm], ignoreExpiration: true, ignoreNotBefore: true })
        return true
      } catch {
        return false
      }
    },
  }
}
