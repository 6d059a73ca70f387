import type { AuditLog } from '../data/audit-log.js'
import type { SessionRepository } from '../data/session-repository.js'
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

    /** Looks at all who logged in since it last did. Throws `databaseUnavailable`; they are looked at again the next time. */
    async end(signal: AbortSignal): Promise<void> {
      for (let batch = nextUsers(); batch.length > 0 && !signal.aborted; batch = nextUsers()) {
        const ended = await sessions.endSurplus(batch, mostSessions, sessionsABatch)
        for (const session of ended) {
          metrics.ended('too-many-sessions')
          auditLog.tell({ event: 'session-ended', outcome: 'ok', reason: 'too-many-sessions', ...session })
        }
        if (ended.length < sessionsABatch) for (const userId of batch) loggedIn.delete(userId)
      }
    },
  }

  function nextUsers(): string[] {
    return Array.from(loggedIn).slice(0, usersABatch)
  }
}

export type SurplusSessions = ReturnType<typeof createSurplusSessions>
