import type { AuditLog } from '../data/audit-log.js'
import type { SessionOfUser, SessionRepository } from '../data/session-repository.js'
import type { SessionMetrics } from './session-metrics.js'

type SurplusSessionsDeps = {
  sessions: Pick<SessionRepository, 'endSurplus'>
  auditLog: Pick<AuditLog, 'tell'>
  metrics: Pick<SessionMetrics, 'ended'>
}

// Of one user, so that all can be shown, and be ended by one short statement.
const mostSessions = 100
// So few that one statement takes milliseconds.
const usersABatch = 50
const sessionsABatch = 200

/**
 * Keeps the sessions of each user to a hundred, at the expense of those that were unused for longest. Now and then and not at each login,
 * which would pay for it each time: a user may have as many more as they opened in between.
 */
export function createSurplusSessions({ sessions, auditLog, metrics }: SurplusSessionsDeps) {
  const loggedIn = new Set<string>()

  return {
    /** This user has opened a session, so is one to look at. */
    mayHave: (userId: string): void => void loggedIn.add(userId),

    /** Looks at all who logged in since it last did. Throws `databaseUnavailable`; who is left is looked at the next time. */
    async end(signal: AbortSignal): Promise<void> {
      // Who logs in from now on is for the next time, or this could go on for as long as people log in.
      const users = Array.from(loggedIn)
      loggedIn.clear()
      try {
        while (users.length > 0 && !signal.aborted) {
          const ended = await sessions.endSurplus(users.slice(0, usersABatch), mostSessions, sessionsABatch)
          ended.forEach(tell)
          if (ended.length < sessionsABatch) users.splice(0, usersABatch)
        }
      } finally {
        for (const userId of users) loggedIn.add(userId)
      }
    },
  }

  function tell(session: SessionOfUser) {
    metrics.ended('too-many-sessions')
    auditLog.tell({ event: 'session-ended', outcome: 'ok', reason: 'too-many-sessions', ...session })
  }
}

export type SurplusSessions = ReturnType<typeof createSurplusSessions>
