import { randomBytes, randomUUID } from 'node:crypto'
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
import { readCpuQuota } from './crypto/cpu-quota.js'
import { createCryptoMetrics } from './crypto/crypto-metrics.js'
import { createPepper } from './crypto/pepper.js'
import { createCryptoPool } from './crypto/pool.js'
import { createFailedLogins } from './data/failed-logins.js'
import { createKnownDevices } from './data/known-devices.js'
import { createUserRepository } from './data/user-repository.js'
import { createLogIn } from './services/log-in.js'
import { createLoginLimitMetrics } from './services/login-limit-metrics.js'
import { createLoginLimits } from './services/login-limits.js'
import { createRenewPasswordHash } from './services/renew-password-hash.js'
import { createStoredPasswords } from './services/stored-passwords.js'

async function main() {
  const config = readConfig(process.env, readCpuQuota())
  const log = createLogger('auth-service', config.LOG_LEVEL, process.stdout)
  const metrics = createServiceMetrics()
  const nowSeconds = () => Math.floor(Date.now() / 1000)

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
  const users = createUserRepository(database)
  const crypto = createCryptoPool({
    engineName: config.CRYPTO_ENGINE,
    signingKey: config.JWT_SECRET,
    policy: { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 },
    hashWorkers: config.HASH_WORKERS,
    maxQueue: config.HASH_QUEUE_MAX,
    maxWaitMs: config.HASH_WAIT_MS,
    nowSeconds,
    metrics: createCryptoMetrics(metrics.registry),
  })
  const passwords = createStoredPasswords({
    pepper: config.PASSWORD_PEPPER ? createPepper(config.PASSWORD_PEPPER) : null,
    cost: config.BCRYPT_COST,
  })
  // Made here, at the configured cost: a literal at another cost would answer at another speed.
  const decoyHash = passwords.toStore(
    await crypto.hashPassword(passwords.toHash(randomBytes(32).toString('base64url'))),
  )
  const perPair = { failures: config.LOGIN_PAIR_FAILURES, seconds: config.LOGIN_PAIR_SECONDS }
  const perAccount = { failures: config.LOGIN_ACCOUNT_FAILURES, seconds: config.LOGIN_ACCOUNT_SECONDS }
  const limits = createLoginLimits({
    failedLogins: createFailedLogins({ db: database, perPair, perAccount }),
    knownDevices: createKnownDevices(database),
    perPair,
    perAccount,
    metrics: createLoginLimitMetrics(metrics.registry),
    log,
  })
  const logIn = createLogIn({
    users,
    crypto,
    limits,
    passwords,
    renewPasswordHash: createRenewPasswordHash({ users, crypto, passwords, log }),
    decoyHash,
    accessTokenSeconds: config.ACCESS_TOKEN_SECONDS,
    nowSeconds,
    newTokenId: randomUUID,
  })
  const health = createHealth(
    {
      database: () => database.query({ text: 'select 1' }),
      workers: () => crypto.ping(),
      endedSessions: endedSessions.check,
    },
    log,
  )
  const listener = createApp({ log, health, metrics, logIn, judgeToken: crypto.judgeToken, endedSessions })
  // Until it knows them it could only answer that it cannot tell; while nobody listens here, nginx asks another instance.
  await Promise.race([endedSessions.firstRead, sleep(3000)])
  const server = await serve({ host: config.HOST, port: config.PORT, listener, log })

  const stop = async () => {
    const release = () => Promise.all([database.close(), endedSessions.close(), crypto.close(), metrics.close()])
    process.exit(await shutDown({ server, health, log, graceSeconds: config.SHUTDOWN_GRACE_SECONDS, release }))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(describeStartFailure('auth-service', error))
  process.exit(1)
})
