import { databaseUrl, hmacKey, logLevel, parsedBy, port, readEnv, wholeNumber } from '@auth-stack/service-kit'
import { distinctSecrets, parseSecrets, secretKey } from '@auth-stack/signing-keys'
import { z } from 'zod'

/** The keys, which are read again while the service runs. */
const keyVariables = {
  /** The key of HS256, shared with auth-service. */
  JWT_SECRET: hmacKey().optional(),
  /** Secrets that also verify, separated by whitespace: the next one, the previous one. */
  JWT_SECRETS_ACCEPTED: parsedBy(parseSecrets).default([]),
  /** Where auth-service publishes its public keys. Whoever has only those cannot make tokens. */
  JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
}
const verifyingVariables: (keyof typeof keyVariables)[] = ['JWT_SECRET', 'JWKS_URL']

/** The secrets alone, as the environment and its files have them now. */
export const readSecrets = (env: NodeJS.ProcessEnv) => secretsOf(readEnv(keyVariables, env, verifyingVariables))

/** The secrets of a configuration. */
export const secretsOf = (config: Pick<ReturnType<typeof readConfig>, 'JWT_SECRET' | 'JWT_SECRETS_ACCEPTED'>) =>
  distinctSecrets([...(config.JWT_SECRET ? [secretKey(config.JWT_SECRET)] : []), ...config.JWT_SECRETS_ACCEPTED])

/** What api-service reads from its environment. Name, unit and reason stand beside the rule. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return readEnv(
    {
      HOST: z.string().default('0.0.0.0'),
      PORT: port().default(3000),
      LOG_LEVEL: logLevel(),
      /** Connects as the role api_service. */
      DATABASE_URL: databaseUrl(),
      DATABASE_POOL_MAX: wholeNumber(1, 50).default(10),
      ...keyVariables,
      /** Seconds without news of ended sessions after which no token of a session passes. */
      SESSION_STALENESS_SECONDS: wholeNumber(5, 3600).default(30),
      /** Seconds requests in flight are given to finish after SIGTERM. */
      SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 600).default(10),
    },
    env,
    verifyingVariables,
  )
}
