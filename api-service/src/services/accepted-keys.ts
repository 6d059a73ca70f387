import type { VerifySignature } from '@auth-stack/access-token'
import { createJwtVerifier, createVerifySignature, type PublicKey, type SecretKey } from '@auth-stack/signing-keys'

type AcceptedKeysOptions = {
  secrets: SecretKey[]
  /** Whether public keys may come, now or later. Without, a token that wants one is of the wrong algorithm. */
  expectsPublicKeys: boolean
}

/**
 * The keys that tokens are verified with, on the event loop: with a secret that is 11 µs, a fifth of a hop to a worker. Either kind can be
 * replaced while requests are served; each sees the old keys or the new ones.
 */
export function createAcceptedKeys({ secrets: given, expectsPublicKeys }: AcceptedKeysOptions) {
  let secrets = given
  let publicKeys: PublicKey[] = []
  let verify = prepare()

  function prepare(): VerifySignature {
    return createVerifySignature({
      keys: [...secrets, ...publicKeys],
      furtherAlgorithms: expectsPublicKeys ? ['ES256', 'RS256'] : [],
      prepare: createJwtVerifier,
    })
  }

  const verifySignature: VerifySignature = (token, hint) => verify(token, hint)

  return {
    verifySignature,
    useSecrets(changed: SecretKey[]) {
      secrets = changed
      verify = prepare()
    },
    usePublicKeys(changed: PublicKey[]) {
      publicKeys = changed
      verify = prepare()
    },
  }
}
