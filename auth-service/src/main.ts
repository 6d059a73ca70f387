import { randomBytes, randomUUID } from 'node:crypto'
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
import { describeKeys, toJwks } from '@auth-stack/signing-keys'
import { createApp } from './app.js'
import { keysOf, readConfig, readKeys } from './config.js'
import { readCpuQuota } from './crypto/cpu-quota.js'
import { createCryptoMetrics } from './crypto/crypto-metrics.js'
import { createPepper } from './crypto/pepper.js'
import { createCryptoPool } from './crypto/pool.js'
import { createRefreshTokens } from './crypto/refresh-tokens.js'
import { createAuditLog } from './data/audit-log.js'
import { createAuditMetrics } from './data/audit-metrics.js'
import { createLoginHistory } from './data/login-history.js'
import { createSessionRepository } from './data/session-repository.js'
import { createUserRepository } from './data/user-repository.js'
import { createAccessTokens } from './services/access-tokens.js'
import { createLogIn } from './services/log-in.js'
import { createLogOut } from './services/log-out.js'
import { createLoginLimitMetrics } from './services/login-limit-metrics.js'
import { createLoginLimits } from './services/login-limits.js'
import { createOwnSessions } from './services/own-sessions.js'
import { createPruneAuditLog } from './services/prune-audit-log.js'
import { createPruneSessions } from './services/prune-sessions.js'
import { createRefreshSession } from './services/refresh-session.js'
import { createRenewPasswordHash } from './services/renew-password-hash.js'
import { createSessionMetrics } from './services/session-metrics.js'
import { startPruning } from './services/start-pruning.js'
import { createStoredPasswords } from './services/stored-passwords.js'
import { createSurplusSessions } from './services/surplus-sessions.js'

async function main() {
  const config = readConfig(process.env, readCpuQuota())
  const log = createLogger('auth-service', config.LOG_LEVEL, process.stdout)
  const metrics = createServiceMetrics()
  const nowSeconds = () => Math.floor(Date.now() / 1000)

  const database = createDatabase({
    connectionString: config.DATABASE_URL,
    maxConnections: config.DATABASE_POOL_MAX,
    applicationName: config.INSTANCE_NAME,
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
  let keys = keysOf(config)
  const crypto = createCryptoPool({
    engineName: config.CRYPTO_ENGINE,
    keys,
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
  const sessions = createSessionRepository(database)
  const auditLog = createAuditLog({
    db: database,
    log,
    instance: config.INSTANCE_NAME,
    metrics: createAuditMetrics(metrics.registry),
  })
  const limits = createLoginLimits({
    history: createLoginHistory({ db: database, perPair, perAccount }),
    perPair,
    perAccount,
    metrics: createLoginLimitMetrics(metrics.registry),
    auditLog,
  })
  const sessionMetrics = createSessionMetrics(metrics.registry)
  const refreshTokens = createRefreshTokens(config.REFRESH_TOKEN_SECRET)
  const accessTokens = createAccessTokens({
    accessTokenSeconds: config.ACCESS_TOKEN_SECONDS,
    nowSeconds,
    newTokenId: randomUUID,
    random: Math.random,
  })
  const idleSeconds = config.SESSION_IDLE_SECONDS
  const surplusSessions = createSurplusSessions({ sessions, auditLog, metrics: sessionMetrics })
  const logIn = createLogIn({
    users,
    sessions,
    auditLog,
    crypto,
    limits,
    passwords,
    renewPasswordHash: createRenewPasswordHash({ users, crypto, passwords, log }),
    log,
    surplusSessions,
    accessTokens,
    refreshTokens,
    decoyHash,
    idleSeconds,
    absoluteSeconds: config.SESSION_ABSOLUTE_SECONDS,
    newSessionId: randomUUID,
  })
  const refreshSession = createRefreshSession({
    sessions,
    crypto,
    accessTokens,
    refreshTokens,
    idleSeconds,
    graceSeconds: config.REFRESH_GRACE_SECONDS,
    metrics: sessionMetrics,
    auditLog,
  })
  const logOut = createLogOut({ sessions, refreshTokens, auditLog, metrics: sessionMetrics })
  const ownSessions = createOwnSessions({ sessions, auditLog, metrics: sessionMetrics })
  const health = createHealth(
    {
      database: () => database.query({ text: 'select 1' }),
      workers: () => crypto.ping(),
      endedSessions: endedSessions.check,
    },
    log,
  )
  const listener = createApp({
    log,
    health,
    metrics,
    logIn,
    refreshSession,
    logOut,
    ownSessions,
    judgeToken: crypto.judgeToken,
    endedSessions,
    readJwks: () => toJwks(keys.accepted),
  })
  const every = (everySeconds: number, prune: (signal: AbortSignal) => Promise<void>) =>
    startPruning({
      prune,
      everySeconds,
      sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
      random: Math.random,
      log,
    })
  const prunings = [
    every(60, surplusSessions.end),
    every(60, createPruneSessions({ sessions, idleSeconds, metrics: sessionMetrics })),
    every(3600, createPruneAuditLog(auditLog)),
  ]
  const recordKeys = async (reason: 'start' | 'reload') => {
    const names = { accepted: describeKeys(keys.accepted), signing: describeKeys([keys.signing]) }
    await auditLog.recordKeys(reason, names)
    return names
  }
  const reload = createReload({
    reload() {
      keys = readKeys(process.env)
      crypto.useKeys(keys)
      return recordKeys('reload')
    },
    log,
    metrics: metrics.registry,
  })
  process.on('SIGHUP', reload)
  // Until it knows them it could only answer that it cannot tell; while nobody listens here, nginx asks another instance.
  await Promise.race([endedSessions.firstRead, sleep(3000)])
  const server = await serve({ host: config.HOST, port: config.PORT, listener, log })
  // Never throws; should Postgres be away, it is waited for while requests are answered.
  void recordKeys('start')

  const stop = async () => {
    const release = async () => {
      await Promise.all(prunings.map((pruning) => pruning.close()))
      await Promise.all([database.close(), endedSessions.close(), crypto.close(), metrics.close()])
    }
    process.exit(await shutDown({ server, health, log, graceSeconds: config.SHUTDOWN_GRACE_SECONDS, release }))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(describeStartFailure('auth-service', error))
  process.exit(1)
})
