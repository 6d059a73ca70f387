/**
 * The cryptography of one library pair, and nothing else: no clock, no claims, no policy. All functions are synchronous, because they
 * run in a worker thread, where an asynchronous one would queue on the process-wide libuv pool instead.
 */
export type Engine = {
  /** A `$2b$` bcrypt hash. `cost` is a power of two, 4 to 31; `password` at most 72 bytes. */
  hashPassword(password: string, cost: number): string
  /** False also for what is no bcrypt hash. Reads `$2a$`, `$2b$` and `$2y$`. */
  verifyPassword(password: string, hash: string): boolean
  /** An HS256 token in compact serialisation with exactly these claims. */
  signToken(claims: Record<string, unknown>): string
  /** Whether the token is HS256 and its signature ours. Says nothing about its claims. */
  verifySignature(token: string): boolean
}

/** `signingKey` is the HS256 key, at least 32 bytes. */
export type CreateEngine = (signingKey: Uint8Array) => Engine

/** Every engine there is, loaded only when chosen. The one place that lists them. */
export const engines = {
  cpp: () => import('./engines/cpp.js'),
  rust: () => import('./engines/rust.js'),
} satisfies Record<string, () => Promise<{ createEngine: CreateEngine }>>

export type EngineName = keyof typeof engines

export const engineNames = Object.keys(engines) as [EngineName, ...EngineName[]]
