import type { Jwks } from '@auth-stack/signing-keys'
import type { RequestHandler } from 'express'

// A new key is announced before it signs, for at least as long as this, so nobody who keeps the set meets a key it lacks. And it is how
// long a reader may go on with a key that was taken away.
const maxAgeSeconds = 300

/** `GET /.well-known/jwks.json`: open to everyone; the public keys that tokens are or will be or were signed with (RFC 7517 §5). */
export function createGetJwks(readJwks: () => Jwks): RequestHandler {
  return (_req, res) => {
    res.set('Cache-Control', `public, max-age=${maxAgeSeconds}`).json(readJwks())
  }
}
