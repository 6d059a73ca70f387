import { Problem } from '@auth-stack/service-kit'
import type { CryptoPool } from '../crypto/pool.js'
import type { RefreshTokens } from '../crypto/refresh-tokens.js'
import type { AuditLog, Client } from '../data/audit-log.js'
import type { RefreshOutcome, SessionRepository } from '../data/session-repository.js'
import { type AccessTokens, type TokenPair, withinSession } from './access-tokens.js'
import type { SessionMetrics } from './session-metrics.js'

type RefreshSessionDeps = {
  sessions: Pick<SessionRepository, 'refresh'>
  crypto: Pick<CryptoPool, 'signToken'>
  accessTokens: AccessTokens
  refreshTokens: Pick<RefreshTokens, 'successorOf' | 'hash'>
  idleSeconds: number
  graceSeconds: number
  metrics: Pick<SessionMetrics, 'refreshed' | 'ended'>
  auditLog: Pick<AuditLog, 'tell'>
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
  const { sessions, crypto, accessTokens, refreshTokens, idleSeconds, graceSeconds, metrics, auditLog } = deps

  return async function refreshSession(presented: string, client: Client): Promise<TokenPair> {
    const refreshToken = refreshTokens.successorOf(presented)
    const longest = accessTokens.newLifetime()
    const judged = await judge({
      hash: refreshTokens.hash(presented),
      successorHash: refreshTokens.hash(refreshToken),
      accessExpiresAt: longest.exp,
      idleSeconds,
      graceSeconds,
      ...client,
    })
    tellAudit(judged, client)
    if (judged.outcome === 'reused') metrics.ended('refresh-token-reused')
    if (judged.outcome === 'reused' || judged.outcome === 'refused') throw invalidRefreshToken()
    const lifetime = withinSession(longest, judged.expiresInSeconds)
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

  /** A token that nobody knows is nobody's, so it has neither row nor line: anybody could write as many as they like. */
  function tellAudit({ outcome, reason, userId, sessionId }: RefreshOutcome, client: Client) {
    if (sessionId === undefined) return
    auditLog.tell({
      event: outcome === 'reused' ? 'refresh-token-reused' : 'refresh',
      outcome: outcome === 'refused' ? 'refused' : 'ok',
      reason,
      userId,
      sessionId,
      ...client,
    })
  }
}

export type RefreshSession = ReturnType<typeof createRefreshSession>
