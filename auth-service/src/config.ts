import { databaseUrl, jwtSecret, logLevel, port, readEnv, secret, wholeNumber } from '@auth-stack/service-kit'
import { z } from 'zod'
import { engineNames } from './crypto/engine.js'

/** What auth-service reads from its environment. Name, unit and reason stand beside the rule. */
export function readConfig(env: NodeJS.ProcessEnv, cpuQuota: number) {
  return readEnv(
    {
      HOST: z.string().default('0.0.0.0'),
      PORT: port().default(8080),
      LOG_LEVEL: logLevel(),
      /** Connects as the role auth_service. */
      DATABASE_URL: databaseUrl(),
      DATABASE_POOL_MAX: wholeNumber(1, 50).default(10),
      /** Shared by every auth-service and api-service: the key of HS256. */
      JWT_SECRET: jwtSecret(),
      ACCESS_TOKEN_SECONDS: wholeNumber(1, 86_400).default(900),
      /** Which implementation does the cryptography: C++ or Rust. */
      CRYPTO_ENGINE: z.enum(engineNames, { error: `must be one of ${engineNames.join(', ')}` }).default('cpp'),
      /** What a new hash costs, as a power of two; also the cost of the decoy an unknown name is checked against. A hash that cost less is
       *  replaced when its user logs in. */
      BCRYPT_COST: wholeNumber(4, 31).default(12),
      /** Goes into every new hash, so that the database alone is not enough to guess. Never lose or change it: no password would be right. */
      PASSWORD_PEPPER: secret().optional(),
      /** As many as the CPU quota pays for: one more only makes all of them, and the event loop, wait for each other. */
      HASH_WORKERS: wholeNumber(1, 64).default(Math.max(1, Math.floor(cpuQuota))),
      /** Logins that may wait for a hash worker; beyond it `/login` answers 503 at once. */
      HASH_QUEUE_MAX: wholeNumber(0, 10_000).default(64),
      /** Milliseconds a login may wait for a hash worker before it is answered 503. */
      HASH_WAIT_MS: wholeNumber(1, 60_000).default(3000),
      /** Seconds without news of ended sessions after which no token of a session passes. */
      SESSION_STALENESS_SECONDS: wholeNumber(5, 3600).default(30),
      /** Wrong passwords for one account from one address (IPv6: one /64), in so many seconds, before that address is refused for it. */
      LOGIN_PAIR_FAILURES: wholeNumber(1, 1_000_000).default(10),
      LOGIN_PAIR_SECONDS: wholeNumber(1, 2_592_000).default(900),
      /** The same from all addresses together, which then refuses all but those its user logged in from. NIST 800-63B-4 §3.2.2: at most 100. */
      LOGIN_ACCOUNT_FAILURES: wholeNumber(1, 1_000_000).default(100),
      LOGIN_ACCOUNT_SECONDS: wholeNumber(1, 2_592_000).default(86_400),
      /** Seconds requests in flight are given to finish after SIGTERM. */
      SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 600).default(10),
    },
    env,
  )
}
