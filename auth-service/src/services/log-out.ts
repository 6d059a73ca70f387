import type { RefreshTokens } from '../crypto/refresh-tokens.js'
import type { SessionOfUser, SessionRepository } from '../data/session-repository.js'
import type { SessionMetrics } from './session-metrics.js'

type LogOutDeps = {
  sessions: Pick<SessionRepository, 'endByRefreshToken' | 'endByLogout'>
  refreshTokens: Pick<RefreshTokens, 'hash'>
  metrics: Pick<SessionMetrics, 'ended'>
}

/**
 * The use case of `POST /logout`: ends the session of a refresh token, or of an access token. Whoever logs out twice, or with a token
 * that nobody knows, is logged out (RFC 7009 §2.2). Throws `databaseUnavailable`.
 */
export function createLogOut({ sessions, refreshTokens, metrics }: LogOutDeps) {
  const count = (isEnded: boolean) => {
    if (isEnded) metrics.ended('logout')
  }
  return {
    byRefreshToken: async (token: string) => count(await sessions.endByRefreshToken(refreshTokens.hash(token))),
    byAccessToken: async (session: SessionOfUser) => count(await sessions.endByLogout(session)),
  }
}

export type LogOut = ReturnType<typeof createLogOut>
