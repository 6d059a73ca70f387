import bcrypt from '@node-rs/bcrypt'
import jwt from '@node-rs/jsonwebtoken'
import type { Engine } from '../engine.js'

// The typings have a const enum here, which isolated modules cannot read; its values are the names themselves.
const named = (algorithm: `${jwt.Algorithm}`) => algorithm as jwt.Algorithm

/** bcrypt and signatures in Rust, compiled to native addons (`@node-rs/bcrypt`, `@node-rs/jsonwebtoken`). */
export const engine: Engine = {
  hashPassword: (password, cost) => bcrypt.hashSync(password, { cost }),
  verifyPassword: (password, hash) => bcrypt.verifySync(password, hash),

  createSigner(key) {
    const algorithm = named(key.algorithm)
    if (key.algorithm === 'HS256') return (claims) => jwt.signSync(claims, key.secret, { algorithm })
    const { privateKey, kid } = key
    return (claims) => jwt.signSync(claims, privateKey, { algorithm, keyId: kid })
  },

  createVerifier(key) {
    const material = key.algorithm === 'HS256' ? key.secret : key.publicKey
    const signatureOnly = {
      algorithms: [named(key.algorithm)],
      requiredSpecClaims: [],
      validateExp: false,
      validateNbf: false,
    }
    return (token) => {
      try {
        jwt.verifySync(token, material, signatureOnly)
        return true
      } catch {
        return false
      }
    }
  },
}
