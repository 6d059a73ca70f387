import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { createEndedSessions } from '@auth-stack/ended-sessions'
import { createDatabase, createHealth, createLogger, createServiceMetrics } from '@auth-stack/service-kit'
import { type SecretKey, secretKey } from '@auth-stack/signing-keys'
import jwt from 'jsonwebtoken'
import request from 'supertest'
import { inject, onTestFinished } from 'vitest'
import { createApp } from '../src/app.js'
import { createProfileRepository } from '../src/data/profile-repository.js'
import { createAuthenticate } from '../src/middleware/authenticate.js'
import { createAcceptedKeys } from '../src/services/accepted-keys.js'
import { createGetProfile } from '../src/services/get-profile.js'

const signingKey = Buffer.from('a key for tests, of 32 bytes or more')

/** The time at which the tests take place, in seconds since the epoch. */
export const now = 1_800_000_000

const claims = { iss: 'auth-service', aud: 'api-service', sub: '1', iat: now - 10, exp: now + 890, jti: 'a' }

/** A token with some claims changed; `undefined` leaves one out. Signed with our key and HS256 unless told otherwise. */
export function tokenWith(
  changes: Record<string, unknown> = {},
  key: string | Buffer = signingKey,
  algorithm: jwt.Algorithm = 'HS256',
) {
  const changed = Object.fromEntries(
    Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
  )
  return jwt.sign(changed, key, {
    algorithm,
    ...(changes.iat === undefined && 'iat' in changes ? { noTimestamp: true } : {}),
  })
}

type Keys = ReturnType<typeof createAcceptedKeys> & { lookForNewKeys: () => Promise<void> }

/** The keys of a service that has secrets and nobody to ask for more. */
const onlySecrets = (secrets: SecretKey[] = [secretKey(signingKey)]): Keys => ({
  ...createAcceptedKeys({ secrets, expectsPublicKeys: false }),
  lookForNewKeys: async () => {},
})

/** The whole of api-service with the real database and a fixed clock, and the lines it logs. Stopped after the test. */
export function startApiService({ databaseUrl = inject('databaseUrls').api, keys = onlySecrets() } = {}) {
  const lines: string[] = []
  const log = createLogger('api-service', 'info', { write: (line) => void lines.push(line) })
  const metrics = createServiceMetrics()
  const database = createDatabase({ connectionString: databaseUrl, maxConnections: 2, log, metrics: metrics.database })
  const endedSessions = createEndedSessions({
    connectionString: databaseUrl,
    stalenessSeconds: 30,
    log: createLogger('api-service', 'silent', { write: () => {} }),
    metrics: metrics.registry,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  })
  onTestFinished(async () => {
    metrics.close()
    await Promise.all([database.close(), endedSessions.close()])
  })
  const app = createApp({
    log,
    metrics,
    health: createHealth({ database: () => database.query({ text: 'select 1' }) }, log),
    authenticate: createAuthenticate({
      endedSessions,
      ...keys,
      policy: { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 },
      nowSeconds: () => now,
    }),
    getProfile: createGetProfile(createProfileRepository(database)),
  })
  const scrape = async () => (await request(app).get('/metrics').expect(200)).text
  return { app, lines, scrape, endedSessions }
}
