import { hostname } from 'node:os'
import { databaseUrl, hmacKey, jwtSecret, logLevel, port, readEnv, wholeNumber } from '@auth-stack/service-kit'
import { z } from 'zod'
import { engineNames } from './crypto/engine.js'

const day = 86_400
const year = 365 * day

/** What auth-service reads from its environment. Name, unit and reason stand beside the rule. */
export function readConfig(env: NodeJS.ProcessEnv, cpuQuota: number) {
  return readEnv(
    {
      HOST: z.string().default('0.0.0.0'),
      PORT: port().default(8080),
      LOG_LEVEL: logLevel(),
      /** What this instance is called in the audit log. 63 bytes: what Postgres keeps of the name of a connection. */
      INSTANCE_NAME: z
        .string()
        .regex(/^[\x21-\x7e]{1,63}$/, 'must be 1 to 63 printable ASCII characters')
        .default(hostname()),
      /** Connects as the role auth_service. */
      DATABASE_URL: databaseUrl(),
      DATABASE_POOL_MAX: wholeNumber(1, 50).default(10),
      /** Shared by every auth-service and api-service: the key of HS256. */
      JWT_SECRET: jwtSecret(),
      ACCESS_TOKEN_SECONDS: wholeNumber(1, 86_400).default(900),
      /** Derives the refresh token that follows from the one presented; of its own, because JWT_SECRET is changed now and then. */
      REFRESH_TOKEN_SECRET: hmacKey(),
      /** How long a session lasts without a refresh, and how long at all. */
      SESSION_IDLE_SECONDS: wholeNumber(1, year).default(30 * day),
      SESSION_ABSOLUTE_SECONDS: wholeNumber(1, 10 * year).default(90 * day),
      /** How long a spent refresh token may be presented again, for clients whose answer was lost. */
      REFRESH_GRACE_SECONDS: wholeNumber(0, 300).default(10),
      /** Which implementation does the cryptography: C++ or Rust. */
      CRYPTO_ENGINE: z.enum(engineNames, { error: `must be one of ${engineNames.join(', ')}` }).default('cpp'),
      /** What a new hash costs, as a power of two; also the cost of the decoy an unknown name is checked against. */
      BCRYPT_COST: wholeNumber(4, 31).default(12),
      /** As many as the CPU quota pays for: one more only makes all of them, and the event loop, wait for each other. */
      HASH_WORKERS: wholeNumber(1, 64).default(Math.max(1, Math.floor(cpuQuota))),
      /** Logins that may wait for a hash worker; beyond it `/login` answers 503 at once. */
      HASH_QUEUE_MAX: wholeNumber(0, 10_000).default(64),
      /** Milliseconds a login may wait for a hash worker before it is answered 503. */
      HASH_WAIT_MS: wholeNumber(1, 60_000).default(3000),
      /** Seconds without news of ended sessions after which no token of a session passes. */
      SESSION_STALENESS_SECONDS: wholeNumber(5, 3600).default(30),
      /** Seconds requests in flight are given to finish after SIGTERM. */
      SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 600).default(10),
    },
    env,
  )
}
