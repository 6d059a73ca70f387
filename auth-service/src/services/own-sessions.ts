import { notFound } from '@auth-stack/service-kit'
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
  metrics: Pick<SessionMetrics, 'ended'>
}

/**
 * The use cases of `/sessions`: what somebody may see and do of their own sessions, and of nobody else's. Who asks from a session that
 * has ended is refused. All throw `unauthorized` or `databaseUnavailable`.
 */
export function createOwnSessions({ sessions, metrics }: OwnSessionsDeps) {
  return {
    async list(asking: SessionOfUser): Promise<(SessionView & { current: boolean })[]> {
      const own = await sessions.list(asking)
      if (!own) throw unauthorized('session-ended')
      return own.map((session) => ({ ...session, current: session.id === asking.sessionId }))
    },

    /** Throws `notFound` for another's session as for none. */
    async endOne(asking: SessionOfUser, id: string): Promise<void> {
      if (!isSessionId(id)) throw notFound()
      const state = await sessions.endOne(asking, id)
      if (state === 'asking-ended') throw unauthorized('session-ended')
      if (state === 'not-found') throw notFound()
      if (state === 'ended') metrics.ended('ended-by-user')
    },

    async endOthers(asking: SessionOfUser): Promise<void> {
      const ended = await sessions.endOthers(asking)
      if (ended === undefined) throw unauthorized('session-ended')
      metrics.ended('ended-by-user', ended)
    },
  }
}

export type OwnSessions = ReturnType<typeof createOwnSessions>
