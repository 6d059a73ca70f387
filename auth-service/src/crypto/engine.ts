import type { SigningKey, VerificationKey, VerifyByKey } from '@auth-stack/signing-keys'

/**
 * The cryptography of one library pair, and nothing else: no clock, no claims, no policy. All functions are synchronous, because they
 * run in a worker thread, where an asynchronous one would queue on the process-wide libuv pool instead.
 */
export type Engine = {
  /** A `$2b$` bcrypt hash. `cost` is a power of two, 4 to 31; `password` at most 72 bytes. */
  hashPassword(password: string, cost: number): string
  /** False also for what is no bcrypt hash. Reads `$2a$`, `$2b$` and `$2y$`. */
  verifyPassword(password: string, hash: string): boolean
  /** Makes a signing key ready. What it signs are tokens in compact serialisation with exactly these claims, and the key's `kid` if it has one. */
  createSigner(key: SigningKey): SignToken
  /** Makes a key ready to verify with, by its own algorithm only. It says nothing about claims. */
  createVerifier(key: VerificationKey): VerifyByKey
}

type SignToken = (claims: Record<string, unknown>) => string

/** Every engine there is, loaded only when chosen. The one place that lists them. */
export const engines = {
  cpp: () => import('./engines/cpp.js'),
  rust: () => import('./engines/rust.js'),
} satisfies Record<string, () => Promise<{ engine: Engine }>>

export type EngineName = keyof typeof engines

export const engineNames = Object.keys(engines) as [EngineName, ...EngineName[]]
