import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
// The one file: each worker thread loads this, and has no use for a server and a database client.
import { isSample } from '@auth-stack/service-kit/sample-secret'
import { algorithmOf } from './key-strength.js'
import type { PrivateKey, PublicKey, SecretKey } from './keys.js'
import { thumbprintOf } from './thumbprint.js'

// RFC 7518 §3.2: at least as long as the hash.
const minSecretBytes = 32
// A longer key makes signatures with which a token is over its 1 KiB.
const maxSigningRsaBits = 3072

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

/** Reads secrets that whitespace separates, so none may hold any. Throws with a message that holds nothing of them, as all here do. */
export function parseSecrets(text: string): SecretKey[] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((secret, index) => {
      if (Buffer.byteLength(secret) < minSecretBytes) {
        throw new Error(`each must be at least ${minSecretBytes} bytes, and number ${index + 1} is not`)
      }
      if (isSample(secret)) throw new Error(`none may be a sample or too regular, and number ${index + 1} is`)
      return secretKey(Buffer.from(secret))
    })
}

/** A copy of the bytes, because a small Buffer is a view of memory that is shared, and would be handed to a thread whole. */
export const secretKey = (secret: Uint8Array): SecretKey => ({ algorithm: 'HS256', secret: new Uint8Array(secret) })

/** Reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1), not encrypted. */
export function parsePrivateKey(pem: string): PrivateKey {
  const labels = [...pem.matchAll(pemBlock)].map(([, label = '']) => label)
  if (/ENCRYPTED/.test(pem)) throw new Error('must not be encrypted, for there is nobody to ask for its password')
  if (labels.includes('PUBLIC KEY')) throw new Error('must be a private key alone, and there is a public one')
  if (labels.filter((label) => label.endsWith('PRIVATE KEY')).length > 1) throw new Error('must be one key')
  const key = tryRead(() => createPrivateKey(pem))
  if (!key) throw new Error('is no private key in PEM')
  const publicKey = toPublicKey(createPublicKey(key))
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) > maxSigningRsaBits) {
    throw new Error(
      `an RSA key that signs must have at most ${maxSigningRsaBits} bits, or tokens are longer than 1 KiB`,
    )
  }
  return { ...publicKey, privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** Reads public keys in PEM, one after the other. */
export function parsePublicKeys(pem: string): PublicKey[] {
  if (pem.replace(pemBlock, '').trim() !== '') throw new Error('holds what is no PEM')
  return [...pem.matchAll(pemBlock)].map(([block, label = '']) => {
    if (label.endsWith('PRIVATE KEY')) throw new Error('must hold public keys only, and there is a private one')
    const key = label.endsWith('PUBLIC KEY') ? tryRead(() => createPublicKey(block)) : undefined
    if (!key) throw new Error('holds what is no public key')
    return toPublicKey(key)
  })
}

/** Throws when the key is weak or of no use here. */
function toPublicKey(key: KeyObject): PublicKey {
  return {
    algorithm: algorithmOf(key),
    kid: thumbprintOf(key),
    publicKey: key.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** OpenSSL's own words would say more of the key than of the mistake. */
function tryRead<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
