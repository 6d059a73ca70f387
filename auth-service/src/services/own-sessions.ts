import { notFound } from '@auth-stack/service-kit'
import type { AuditLog, Client } from '../data/audit-log.js'
import {
  isSessionId,
  type SessionOfUser,
  type SessionRepository,
  type SessionView,
} from '../data/session-repository.js'
import type { SessionMetrics } from './session-metrics.js'
import { unauthorized } from './unauthorized.js'

type OwnSessionsDeps = {
  sessions: Pick<SessionRepository, 'list' | 'endOne' | 'endOthers'>
  auditLog: Pick<AuditLog, 'tell'>
  metrics: Pick<SessionMetrics, 'ended'>
}

/**
 * The use cases of `/sessions`: what somebody may see and do of their own sessions, and of nobody else's. Who asks from a session that
 * has ended is refused. All throw `unauthorized` or `databaseUnavailable`.
 */
export function createOwnSessions({ sessions, auditLog, metrics }: OwnSessionsDeps) {
  function tellEnded(sessionId: string, { userId }: SessionOfUser, client: Client) {
    metrics.ended('ended-by-user')
    auditLog.tell({ event: 'session-ended', outcome: 'ok', reason: 'ended-by-user', userId, sessionId, ...client })
  }

  return {
    async list(asking: SessionOfUser): Promise<(SessionView & { current: boolean })[]> {
      const own = await sessions.list(asking)
      if (!own) throw unauthorized('session-ended')
      return own.map((session) => ({ ...session, current: session.id === asking.sessionId }))
    },

    /** Throws `notFound` for another's session as for none. */
    async endOne(asking: SessionOfUser, id: string, client: Client): Promise<void> {
      if (!isSessionId(id)) throw notFound()
      const state = await sessions.endOne(asking, id, client)
      if (state === 'asking-ended') throw unauthorized('session-ended')
      if (state === 'not-found') throw notFound()
      if (state === 'ended') tellEnded(id, asking, client)
    },

    async endOthers(asking: SessionOfUser, client: Client): Promise<void> {
      const ended = await sessions.endOthers(asking, client)
      if (ended === undefined) throw unauthorized('session-ended')
      for (const id of ended) tellEnded(id, asking, client)
    },
  }
}

export type OwnSessions = ReturnType<typeof createOwnSessions>
