import type { PrivateKey, PublicKey, SecretKey, SigningKey, VerificationKey } from './keys.js'

/** The keys of a service that issues tokens. The one that signs is among the accepted, without its private part. */
export type KeySet = { signing: SigningKey; accepted: VerificationKey[] }

type KeyConfiguration = {
  secret: SecretKey | undefined
  acceptedSecrets: SecretKey[]
  privateKey: PrivateKey | undefined
  acceptedPublicKeys: PublicKey[]
}

/**
 * What signs and what is accepted. A private key signs where there is one, and the secret is then only accepted still, so that nobody is
 * logged out by the change from one to the other. Throws when there is neither.
 */
export function createKeySet({ secret, acceptedSecrets, privateKey, acceptedPublicKeys }: KeyConfiguration): KeySet {
  const signing = privateKey ?? secret
  if (!signing) throw new Error('there is no key to sign with')
  const accepted = [
    ...distinctSecrets([...(secret ? [secret] : []), ...acceptedSecrets]),
    ...distinctPublicKeys([...(privateKey ? [withoutPrivatePart(privateKey)] : []), ...acceptedPublicKeys]),
  ]
  return { signing, accepted }
}

/** Each once, in their order: the one that signs is tried first. */
export function distinctSecrets(keys: SecretKey[]): SecretKey[] {
  return [...new Map(keys.map((key) => [Buffer.from(key.secret).toString('hex'), key])).values()]
}

const distinctPublicKeys = (keys: PublicKey[]) => [...new Map(keys.map((key) => [key.kid, key])).values()]

const withoutPrivatePart = ({ algorithm, kid, publicKey }: PrivateKey): PublicKey => ({ algorithm, kid, publicKey })
