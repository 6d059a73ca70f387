/** The algorithms there are: HMAC with a shared secret, ECDSA on P-256, RSA PKCS #1 v1.5; all with SHA-256 (RFC 7518 §3.1). */
export type Algorithm = 'HS256' | AsymmetricAlgorithm
export type AsymmetricAlgorithm = 'ES256' | 'RS256'

/** Signs and verifies; at least 32 bytes. */
export type SecretKey = { algorithm: 'HS256'; secret: Uint8Array }

/** Verifies. `kid` is its RFC 7638 thumbprint, or what the JWKS it comes from calls it; `publicKey` is PEM (SPKI). */
export type PublicKey = { algorithm: AsymmetricAlgorithm; kid: string; publicKey: string }

/** Signs. `privateKey` is PEM (PKCS #8). */
export type PrivateKey = PublicKey & { privateKey: string }

/** A key belongs to one algorithm, whatever a token says. All keys are plain data, because they cross threads. */
export type SigningKey = SecretKey | PrivateKey
export type VerificationKey = SecretKey | PublicKey

export const isPublic = (key: VerificationKey): key is PublicKey => key.algorithm !== 'HS256'
