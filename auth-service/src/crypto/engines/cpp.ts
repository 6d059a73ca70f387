import { createJwtSigner, createJwtVerifier } from '@auth-stack/signing-keys'
import bcrypt from 'bcrypt'
import type { Engine } from '../engine.js'

/** bcrypt in C++ (`bcrypt`), signatures in OpenSSL through `jsonwebtoken`. */
export const engine: Engine = {
  hashPassword: (password, cost) => bcrypt.hashSync(password, cost),
  // $2y$ is what PHP calls $2b$; this library knows only the latter name.
  verifyPassword: (password, hash) => bcrypt.compareSync(password, hash.replace(/^\$2y\$/, '$2b$')),
  createSigner: createJwtSigner,
  createVerifier: createJwtVerifier,
}
