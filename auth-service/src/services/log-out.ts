import type { RefreshTokens } from '../crypto/refresh-tokens.js'
import type { AuditLog, Client } from '../data/audit-log.js'
import type { SessionOfUser, SessionRepository } from '../data/session-repository.js'
import type { SessionMetrics } from './session-metrics.js'

type LogOutDeps = {
  sessions: Pick<SessionRepository, 'endByRefreshToken' | 'endByLogout'>
  refreshTokens: Pick<RefreshTokens, 'hash'>
  auditLog: Pick<AuditLog, 'tell'>
  metrics: Pick<SessionMetrics, 'ended'>
}

/**
 * The use case of `POST /logout`: ends the session of a refresh token, or of an access token. Whoever logs out twice, or with a token
 * that nobody knows, is logged out (RFC 7009 §2.2). Throws `databaseUnavailable`.
 */
export function createLogOut({ sessions, refreshTokens, auditLog, metrics }: LogOutDeps) {
  function tellEnded(session: SessionOfUser, client: Client) {
    metrics.ended('logout')
    auditLog.tell({ event: 'logout', outcome: 'ok', reason: 'logout', ...session, ...client })
  }
  return {
    async byRefreshToken(token: string, client: Client): Promise<void> {
      const ended = await sessions.endByRefreshToken(refreshTokens.hash(token), client)
      if (ended) tellEnded(ended, client)
    },
    async byAccessToken(session: SessionOfUser, client: Client): Promise<void> {
      if (await sessions.endByLogout(session, client)) tellEnded(session, client)
    },
  }
}

export type LogOut = ReturnType<typeof createLogOut>
