import { hostname } from 'node:os'
import { databaseUrl, hmacKey, logLevel, parsedBy, port, readEnv, wholeNumber } from '@auth-stack/service-kit'
import {
  createKeySet,
  type KeySet,
  parsePrivateKey,
  parsePublicKeys,
  parseSecrets,
  secretKey,
} from '@auth-stack/signing-keys'
import { z } from 'zod'
import { engineNames } from './crypto/engine.js'

const day = 86_400
const year = 365 * day

/** The keys, which are read again while the service runs. */
const keyVariables = {
  /** Signs and verifies HS256; shared by every auth-service and api-service. With a private key it only verifies. */
  JWT_SECRET: hmacKey().optional(),
  /** Secrets that also verify, separated by whitespace: the next one, the previous one. */
  JWT_SECRETS_ACCEPTED: parsedBy(parseSecrets).default([]),
  /** Signs ES256 or RS256; PEM. */
  JWT_PRIVATE_KEY: parsedBy(parsePrivateKey).optional(),
  /** Public keys that also verify, in PEM, one after the other: the next one, the previous one. */
  JWT_PUBLIC_KEYS_ACCEPTED: parsedBy(parsePublicKeys).default([]),
}
const signingVariables: (keyof typeof keyVariables)[] = ['JWT_SECRET', 'JWT_PRIVATE_KEY']

/** The keys alone, as the environment and its files have them now. */
export const readKeys = (env: NodeJS.ProcessEnv): KeySet => keysOf(readEnv(keyVariables, env, signingVariables))

/** The keys of a configuration. */
export const keysOf = (config: Pick<ReturnType<typeof readConfig>, keyof typeof keyVariables>): KeySet =>
  createKeySet({
    secret: config.JWT_SECRET && secretKey(config.JWT_SECRET),
    acceptedSecrets: config.JWT_SECRETS_ACCEPTED,
    privateKey: config.JWT_PRIVATE_KEY,
    acceptedPublicKeys: config.JWT_PUBLIC_KEYS_ACCEPTED,
  })

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
      ...keyVariables,
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
      /** What a new hash costs, as a power of two; also the cost of the decoy an unknown name is checked against. A hash that cost less is
       *  replaced when its user logs in. */
      BCRYPT_COST: wholeNumber(4, 31).default(12),
      /** Goes into every new hash, so that the database alone is not enough to guess. Never lose or change it: no password would be right. */
      PASSWORD_PEPPER: hmacKey().optional(),
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
    signingVariables,
  )
}
