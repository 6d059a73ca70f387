import bcrypt from '@node-rs/bcrypt'
import jwt from '@node-rs/jsonwebtoken'
import type { CreateEngine } from '../engine.js'

// The typings have a const enum here, which isolated modules cannot read; its value is this string.
const hs256 = 'HS256' as jwt.Algorithm

const signatureOnly = {
  algorithms: [hs256],
  requiredSpecClaims: [],
  validateExp: false,
  validateNbf: false,
}

/** bcrypt and HMAC in Rust, compiled to native addons (`@node-rs/bcrypt`, `@node-rs/jsonwebtoken`). */
export const createEngine: CreateEngine = (signingKey) => {
  const key = Buffer.from(signingKey)

  return {
    hashPassword: (password, cost) => bcrypt.hashSync(password, { cost }),
    verifyPassword: (password, hash) => bcrypt.verifySync(password, hash),
    signToken: (claims) => jwt.signSync(claims, key, { algorithm: hs256 }),
    verifySignature(token) {
      try {
        jwt.verifySync(token, key, signatureOnly)
        return true
      } catch {
        return false
      }
    },
  }
}
