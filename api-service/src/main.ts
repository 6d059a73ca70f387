import { setTimeout as sleep } from 'node:timers/promises'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { createEndedSessions } from '@auth-stack/ended-sessions'
import {
  createDatabase,
  createHealth,
  createLogger,
  createServiceMetrics,
  describeStartFailure,
  serve,
  shutDown,
} from '@auth-stack/service-kit'
import { createApp } from './app.js'
import { readConfig } from './config.js'
import { createProfileRepository } from './data/profile-repository.js'
import { createAuthenticate } from './middleware/authenticate.js'
import { createGetProfile } from './services/get-profile.js'
import { createVerifySignature } from './services/verify-signature.js'

async function main() {
  const config = readConfig(process.env)
  const log = createLogger('api-service', config.LOG_LEVEL, process.stdout)
  const metrics = createServiceMetrics()

  const database = createDatabase({
    connectionString: config.DATABASE_URL,
    maxConnections: config.DATABASE_POOL_MAX,
    log,
    metrics: metrics.database,
  })
  const endedSessions = createEndedSessions({
    connectionString: config.DATABASE_URL,
    stalenessSeconds: config.SESSION_STALENESS_SECONDS,
    log,
    metrics: metrics.registry,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  })
  const authenticate = createAuthenticate({
    endedSessions,
    verifySignature: createVerifySignature(config.JWT_SECRET),
    policy: { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 },
    nowSeconds: () => Math.floor(Date.now() / 1000),
  })
  const getProfile = createGetProfile(createProfileRepository(database))
  const health = createHealth(
    { database: () => database.query({ text: 'select 1' }), endedSessions: endedSessions.check },
    log,
  )
  const listener = createApp({ log, health, metrics, authenticate, getProfile })
  // Until it knows them it could only answer that it cannot tell; while nobody listens here, nginx asks another instance.
  await Promise.race([endedSessions.firstRead, sleep(3000)])
  const server = await serve({ host: config.HOST, port: config.PORT, listener, log })

  const stop = async () => {
    const release = () => Promise.all([database.close(), endedSessions.close(), metrics.close()])
    process.exit(await shutDown({ server, health, log, graceSeconds: config.SHUTDOWN_GRACE_SECONDS, release }))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(describeStartFailure('api-service', error))
  process.exit(1)
})
