import { type Logger, Problem } from '@auth-stack/service-kit'
import type { CryptoPool } from '../crypto/pool.js'
import type { RefreshTokens } from '../crypto/refresh-tokens.js'
import type { Client, RefreshOutcome, SessionRepository } from '../data/session-repository.js'
import type { AccessTokens, TokenPair } from './access-tokens.js'
import type { SessionMetrics } from './session-metrics.js'

type RefreshSessionDeps = {
  sessions: Pick<SessionRepository, 'refresh'>
  crypto: Pick<CryptoPool, 'signToken'>
  accessTokens: AccessTokens
  refreshTokens: Pick<RefreshTokens, 'successorOf' | 'hash'>
  idleSeconds: number
  graceSeconds: number
  metrics: Pick<SessionMetrics, 'refreshed' | 'ended'>
  log: Pick<Logger, 'warn'>
}

/** One answer for every token that cannot be spent: unknown, expired, of an ended session, or spent before. */
const invalidRefreshToken = () =>
  new Problem(401, 'invalid-refresh-token', 'The refresh token is not valid any more; log in again')

/**
 * The use case of `POST /refresh`: spends a refresh token on a new pair. Presented again within the grace it is answered with the same
 * refresh token, because an answer may be lost and tabs may ask at once; presented later it was stolen, or its successor was, so the
 * session ends. The access token is signed after the write: when that fails the client asks again. Throws `invalidRefreshToken` or
 * `databaseUnavailable`.
 */
export function createRefreshSession(deps: RefreshSessionDeps) {
  const { sessions, crypto, accessTokens, refreshTokens, idleSeconds, graceSeconds, metrics, log } = deps

  return async function refreshSession(presented: string, client: Client & { requestId: string }): Promise<TokenPair> {
    const { address, userAgent } = client
    const refreshToken = refreshTokens.successorOf(presented)
    const lifetime = accessTokens.newLifetime()
    const judged = await judge({
      hash: refreshTokens.hash(presented),
      successorHash: refreshTokens.hash(refreshToken),
      accessExpiresAt: lifetime.exp,
      idleSeconds,
      graceSeconds,
      address,
      userAgent,
    })
    if (judged.outcome === 'reused') {
      metrics.ended('refresh-token-reused')
      const { sessionId, userId } = judged
      log.warn({ event: 'refresh-token-reused', sessionId, userId, ...client }, 'a spent refresh token was presented')
    }
    if (judged.outcome === 'reused' || judged.outcome === 'refused') throw invalidRefreshToken()
    return {
      token: await crypto.signToken(accessTokens.claims(judged, lifetime)),
      tokenType: 'Bearer',
      expiresIn: lifetime.exp - lifetime.iat,
      refreshToken,
      refreshExpiresIn: judged.expiresInSeconds,
    }
  }

  async function judge(presented: Parameters<typeof sessions.refresh>[0]): Promise<RefreshOutcome> {
    try {
      const judged = await sessions.refresh(presented)
      metrics.refreshed(judged.outcome)
      return judged
    } catch (error) {
      metrics.refreshed('unavailable')
      throw error
    }
  }
}

export type RefreshSession = ReturnType<typeof createRefreshSession>
