import type { KeyObject } from 'node:crypto'
import type { AsymmetricAlgorithm } from './keys.js'

// RFC 7518 §3.3. The upper bound is on what one verification may cost.
const rsaBits = { min: 2048, max: 4096 }
const minRsaExponent = 65_537n

/** The one algorithm a key is for. Throws, with a message that holds nothing of it, when it is weak or of no use here. */
export function algorithmOf(key: KeyObject): AsymmetricAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength = 0, publicExponent = 0n } = {} } =
    key
  if (type === 'ec') {
    if (namedCurve !== 'prime256v1') throw new Error('an EC key must be on the curve P-256')
    return 'ES256'
  }
  if (type !== 'rsa') throw new Error('must be an EC key on P-256, or an RSA key')
  if (modulusLength < rsaBits.min || modulusLength > rsaBits.max) {
    throw new Error(`an RSA key must have from ${rsaBits.min} to ${rsaBits.max} bits`)
  }
  if (publicExponent < minRsaExponent) throw new Error(`an RSA key must have an exponent of at least ${minRsaExponent}`)
  return 'RS256'
}
