import { databaseUrl, jwtSecret, logLevel, port, readEnv, wholeNumber } from '@auth-stack/service-kit'
import { z } from 'zod'

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
      /** Shared by every auth-service and api-service: the key of HS256. */
      JWT_SECRET: jwtSecret(),
      /** Seconds without news of ended sessions after which no token of a session passes. */
      SESSION_STALENESS_SECONDS: wholeNumber(5, 3600).default(30),
      /** Seconds requests in flight are given to finish after SIGTERM. */
      SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 600).default(10),
    },
    env,
  )
}
