import type { Database, Logger } from '@auth-stack/service-kit'
import type { AuditMetrics } from './audit-metrics.js'

/** From where somebody asks. `userAgent` is at most 256 characters, none of them control. */
export type Client = { address: string; userAgent: string; requestId: string }

/** What happened to whose account; docs/audit.md says what there is. Never a secret. */
export type AuditEvent = Client & {
  event: 'login' | 'lockout' | 'refresh' | 'refresh-token-reused' | 'logout' | 'session-ended'
  outcome: 'ok' | 'refused'
  /** Why it was refused, or why a session ended. */
  reason?: string | null
  /** Whose account it is about. Never the name that was typed: people type their password there. */
  userId?: string | undefined
  sessionId?: string
}

/** A session that nobody asked to end. */
type SurplusEnded = {
  event: 'session-ended'
  outcome: 'ok'
  reason: 'too-many-sessions'
  userId: string
  sessionId: string
}

/** Which keys this instance has from now on, as a log may name them. */
type KeysRead = {
  event: 'keys-read'
  outcome: 'ok'
  reason: 'start' | 'reload'
  details: { accepted: string[]; signing: string[] }
}

type AuditLogDeps = {
  db: Pick<Database, 'query'>
  /** Lines of it are not silenced by the level. */
  log: Logger
  instance: string
  metrics: AuditMetrics
}

/**
 * What must be known afterwards, as rows of audit_log and as lines of the log. What changes anything is written by the statement that
 * changes it, or by its triggers, and only told here: no row, no change. What is refused is refused whether or not it can be written;
 * a row that cannot be written is counted, and a line of its own has all that it would have said.
 */
export function createAuditLog({ db, log, instance, metrics }: AuditLogDeps) {
  const lines = log.child({ instance }, { level: 'info' })

  /** A line about an event whose row has been written. */
  function tell(event: AuditEvent | SurplusEnded | KeysRead): void {
    if (event.event === 'refresh-token-reused' || event.event === 'lockout') lines.warn(event, 'audit')
    else lines.info(event, 'audit')
  }

  /** Writes a row of its own, then the line. Never throws. */
  async function record(event: AuditEvent | KeysRead, insert: Parameters<typeof db.query>[0]): Promise<void> {
    try {
      await db.query(insert)
      tell(event)
    } catch (error) {
      metrics.lost(event.event)
      lines.error({ ...event, err: error }, 'audit row lost')
    }
  }

  return {
    tell,

    /** Writes a refusal. Never throws. */
    recordRefusal: (event: AuditEvent & { outcome: 'refused'; reason: string }): Promise<void> =>
      record(event, {
        name: 'record-refusal',
        text: `
          insert into audit_log (event, outcome, reason, actor, subject_id, subject, address, user_agent, request_id)
          values ($1, 'refused', $2, 'anonymous', $3, (select username from users where id = $3), $4, $5, $6)`,
        values: [event.event, event.reason, event.userId, event.address, event.userAgent, event.requestId],
      }),

    /** Writes which keys were read, and when. Never throws: they are in force by then. */
    recordKeys: (reason: KeysRead['reason'], details: KeysRead['details']): Promise<void> =>
      record(
        { event: 'keys-read', outcome: 'ok', reason, details },
        {
          name: 'record-keys',
          text: `insert into audit_log (event, reason, actor, details) values ('keys-read', $1, 'system', $2)`,
          values: [reason, details],
        },
      ),

    /** Removes some rows that are past their age, which is the database's business, and says how many. */
    async removeOld(): Promise<number> {
      const { rows } = await db.query<{ removed: number }>({
        name: 'prune-audit-log',
        text: 'select prune_audit_log()::integer as removed',
      })
      return rows[0]?.removed ?? 0
    },
  }
}

export type AuditLog = ReturnType<typeof createAuditLog>

/**
 * What the triggers of the database need to know of who asks, for set_config('audit.context', …, true) in the statement that changes
 * something. The actor `user` is the one whose account it is.
 */
export const auditContext = (
  actor: 'user' | 'anonymous' | 'system',
  { address, userAgent, requestId }: Partial<Client> = {},
) => JSON.stringify({ actor, address, userAgent, requestId })
