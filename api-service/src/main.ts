import { setTimeout as sleep } from 'node:timers/promises'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { createEndedSessions } from '@auth-stack/ended-sessions'
import {
  createDatabase,
  createHealth,
  createLogger,
  createReload,
  createServiceMetrics,
  describeStartFailure,
  serve,
  shutDown,
} from '@auth-stack/service-kit'
import { describeKeys } from '@auth-stack/signing-keys'
import { createApp } from './app.js'
import { readConfig, readSecrets, secretsOf } from './config.js'
import { fetchJwks } from './data/fetch-jwks.js'
import { createProfileRepository } from './data/profile-repository.js'
import { createAuthenticate } from './middleware/authenticate.js'
import { createAcceptedKeys } from './services/accepted-keys.js'
import { createGetProfile } from './services/get-profile.js'
import { createRemoteKeys } from './services/remote-keys.js'

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
  const { JWKS_URL: jwksUrl } = config
  const acceptedKeys = createAcceptedKeys({ secrets: secretsOf(config), expectsPublicKeys: jwksUrl !== undefined })
  const remoteKeys =
    jwksUrl === undefined
      ? undefined
      : createRemoteKeys({
          fetchKeys: () => fetchJwks(jwksUrl),
          onKeys: acceptedKeys.usePublicKeys,
          log,
          metrics: metrics.registry,
          nowMs: () => performance.now(),
        })
  const authenticate = createAuthenticate({
    endedSessions,
    verifySignature: acceptedKeys.verifySignature,
    lookForNewKeys: async () => remoteKeys?.lookForNewKeys(),
    policy: { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 },
    nowSeconds: () => Math.floor(Date.now() / 1000),
  })
  const getProfile = createGetProfile(createProfileRepository(database))
  const health = createHealth(
    {
      database: () => database.query({ text: 'select 1' }),
      endedSessions: endedSessions.check,
      ...(remoteKeys && { keys: remoteKeys.ready }),
    },
    log,
  )
  const listener = createApp({ log, health, metrics, authenticate, getProfile })
  const reload = createReload({
    async reload() {
      const secrets = readSecrets(process.env)
      await remoteKeys?.refetch()
      acceptedKeys.useSecrets(secrets)
      return { secrets: describeKeys(secrets) }
    },
    log,
    metrics: metrics.registry,
  })
  process.on('SIGHUP', reload)
  // Until it knows them it could only answer that it cannot tell; while nobody listens here, nginx asks another instance.
  await Promise.race([Promise.all([endedSessions.firstRead, remoteKeys?.start()]), sleep(3000)])
  const server = await serve({ host: config.HOST, port: config.PORT, listener, log })

  const stop = async () => {
    const release = () => Promise.all([database.close(), endedSessions.close(), metrics.close(), remoteKeys?.close()])
    process.exit(await shutDown({ server, health, log, graceSeconds: config.SHUTDOWN_GRACE_SECONDS, release }))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(describeStartFailure('api-service', error))
  process.exit(1)
})
