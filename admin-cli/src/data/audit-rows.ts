import type { Database } from './database.js'

/** A row of the audit log; docs/audit.md says what each column holds. */
export type AuditRow = {
  at: Date
  event: string
  outcome: 'ok' | 'refused'
  reason: string | null
  actor: string
  subjectId: string | null
  subject: string | null
  sessionId: string | null
  address: string | null
  userAgent: string | null
  requestId: string | null
  instance: string | null
  details: unknown
  recordedBy: string
}

/** What to look for; what is absent does not matter. */
export type AuditQuery = {
  since: Date | undefined
  event: string | undefined
  outcome: string | undefined
  actor: string | undefined
  subject: string | undefined
  address: string | undefined
  requestId: string | undefined
  limit: number
}

/** The audit log, for reading. */
export function createAuditRows(db: Pick<Database, 'query'>) {
  return {
    /** The last `limit` rows that match, oldest first. */
    async find({ since, event, outcome, actor, subject, address, requestId, limit }: AuditQuery): Promise<AuditRow[]> {
      const rows = await db.query<AuditRow>(
        `select at, event, outcome, reason, actor, subject_id as "subjectId", subject, session_id as "sessionId", address,
                user_agent as "userAgent", request_id as "requestId", instance, details, recorded_by as "recordedBy"
         from audit_log
         where ($1::timestamptz is null or at >= $1) and ($2::text is null or event = $2) and ($3::text is null or outcome = $3)
           and ($4::text is null or actor = $4) and ($5::text is null or subject = $5) and ($6::text is null or address = $6)
           and ($7::text is null or request_id = $7)
         order by audit_log.at desc, id desc limit $8`,
        [since, event, outcome, actor, subject, address, requestId, limit],
      )
      return rows.reverse()
    },
  }
}

export type AuditRows = ReturnType<typeof createAuditRows>
