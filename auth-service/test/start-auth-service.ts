import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { createEndedSessions } from '@auth-stack/ended-sessions'
import { createDatabase, createHealth, createLogger, createServiceMetrics } from '@auth-stack/service-kit'
import { createKeySet, type KeySet, secretKey, toJwks } from '@auth-stack/signing-keys'
import request from 'supertest'
import { inject, onTestFinished } from 'vitest'
import { readSeries } from '../../packages/service-kit/test/prometheus-text.js'
import { createApp } from '../src/app.js'
import { createCryptoMetrics } from '../src/crypto/crypto-metrics.js'
import type { EngineName } from '../src/crypto/engine.js'
import { createPepper } from '../src/crypto/pepper.js'
import { createCryptoPool } from '../src/crypto/pool.js'
import { createRefreshTokens } from '../src/crypto/refresh-tokens.js'
import { createAuditLog } from '../src/data/audit-log.js'
import { createAuditMetrics } from '../src/data/audit-metrics.js'
import { createLoginHistory, type FailureLimit } from '../src/data/login-history.js'
import { createSessionRepository } from '../src/data/session-repository.js'
import { createUserRepository } from '../src/data/user-repository.js'
import { createAccessTokens } from '../src/services/access-tokens.js'
import { createLogIn } from '../src/services/log-in.js'
import { createLogOut } from '../src/services/log-out.js'
import { createLoginLimitMetrics } from '../src/services/login-limit-metrics.js'
import { createLoginLimits } from '../src/services/login-limits.js'
import { createOwnSessions } from '../src/services/own-sessions.js'
import { createPruneSessions } from '../src/services/prune-sessions.js'
import { createRefreshSession } from '../src/services/refresh-session.js'
import { createRenewPasswordHash } from '../src/services/renew-password-hash.js'
import { createSessionMetrics } from '../src/services/session-metrics.js'
import { createStoredPasswords } from '../src/services/stored-passwords.js'
import { createSurplusSessions } from '../src/services/surplus-sessions.js'

export const signingKey = Buffer.from('a key for tests, of 32 bytes or more')

const refreshTokenSecret = Buffer.from('another key for tests, of 32 bytes or more')
const day = 86_400
/** Keys of which nothing but the secret above is there, unless told otherwise. */
export const keysWith = (changes: Partial<Parameters<typeof createKeySet>[0]> = {}): KeySet =>
  createKeySet({
    secret: secretKey(signingKey),
    acceptedSecrets: [],
    privateKey: undefined,
    acceptedPublicKeys: [],
    ...changes,
  })

/** What a test may want otherwise. */
type Changes = {
  keys?: KeySet
  engineName?: EngineName
  maxQueue?: number
  maxWaitMs?: number
  databaseUrl?: string
  accessTokenSeconds?: number
  refreshTokenSecret?: Buffer
  idleSeconds?: number
  absoluteSeconds?: number
  nowSeconds?: () => number
  random?: () => number
  perPair?: FailureLimit
  perAccount?: FailureLimit
  /** What hashes should cost; the decoy costs 10 all the same. */
  bcryptCost?: number
  pepper?: string
}

/** The whole of auth-service with real workers and the real database, and the lines it logs. Stopped after the test. */
export async function startAuthService(changes: Changes = {}) {
  const lines: string[] = []
  const log = createLogger('auth-service', 'debug', { write: (line) => void lines.push(line) })
  const metrics = createServiceMetrics()
  const nowSeconds = changes.nowSeconds ?? (() => Math.floor(Date.now() / 1000))
  const database = createDatabase({
    connectionString: changes.databaseUrl ?? inject('databaseUrls').auth,
    maxConnections: 5,
    applicationName: 'instance-1',
    log,
    metrics: metrics.database,
  })
  const endedSessions = createEndedSessions({
    connectionString: changes.databaseUrl ?? inject('databaseUrls').auth,
    stalenessSeconds: 30,
    log: createLogger('auth-service', 'silent', { write: () => {} }),
    metrics: metrics.registry,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  })
  const keys = changes.keys ?? keysWith()
  const crypto = createCryptoPool({
    engineName: changes.engineName ?? 'cpp',
    keys,
    policy: { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 },
    hashWorkers: 1,
    maxQueue: changes.maxQueue ?? 100,
    maxWaitMs: changes.maxWaitMs ?? 10_000,
    nowSeconds,
    metrics: createCryptoMetrics(metrics.registry),
  })
  // The tests share a database and an address, so what is not about the limits stays far from them.
  const farAway = { failures: 1_000_000, seconds: 900 }
  const { perPair = farAway, perAccount = farAway } = changes
  const users = createUserRepository(database)
  const passwords = createStoredPasswords({
    pepper: changes.pepper ? createPepper(Buffer.from(changes.pepper)) : null,
    // Hashes in tests are cheap, and stay so unless that is what is tested.
    cost: changes.bcryptCost ?? 4,
  })
  const sessions = createSessionRepository(database)
  const auditLog = createAuditLog({
    db: database,
    log,
    instance: 'instance-1',
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
  const refreshTokens = createRefreshTokens(changes.refreshTokenSecret ?? refreshTokenSecret)
  const accessTokens = createAccessTokens({
    accessTokenSeconds: changes.accessTokenSeconds ?? 900,
    nowSeconds,
    newTokenId: randomUUID,
    // Not shortened.
    random: changes.random ?? (() => 0),
  })
  const idleSeconds = changes.idleSeconds ?? 30 * day
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
    decoyHash: await crypto.hashPassword({ password: 'nobody knows', cost: 10 }),
    idleSeconds,
    absoluteSeconds: changes.absoluteSeconds ?? 90 * day,
    newSessionId: randomUUID,
  })
  const refreshSession = createRefreshSession({
    sessions,
    crypto,
    accessTokens,
    refreshTokens,
    idleSeconds,
    graceSeconds: 10,
    metrics: sessionMetrics,
    auditLog,
  })
  const logOut = createLogOut({ sessions, refreshTokens, auditLog, metrics: sessionMetrics })
  const ownSessions = createOwnSessions({ sessions, auditLog, metrics: sessionMetrics })
  const pruneSessions = createPruneSessions({ sessions, idleSeconds, metrics: sessionMetrics })
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
  onTestFinished(async () => {
    metrics.close()
    await Promise.all([database.close(), endedSessions.close(), crypto.close()])
  })
  const scrape = async () => (await request(listener).get('/metrics').expect(200)).text
  /** The value of a series in `/metrics`, as `name{label="value"}`. */
  const metric = async (series: string) => readSeries(series, await scrape())
  return { listener, endedSessions, lines, crypto, surplusSessions, pruneSessions, scrape, metric }
}

/** The port of a server that answers with this listener until the test is over. */
export async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}
