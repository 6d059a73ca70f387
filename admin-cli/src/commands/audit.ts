import { UsageError } from '../admin-error.js'
import type { Command } from '../command.js'
import { table } from '../table.js'

export const audit: Command = {
  usage:
    'audit [--since WHEN] [--event E] [--outcome ok|refused] [--subject NAME] [--actor A] [--address A] [--request ID] [--limit N]',
  does: 'the last rows of the audit log that match, 100 unless told otherwise; WHEN is 90m, 36h, 7d, or a time',
  options: {
    since: { type: 'string' },
    event: { type: 'string' },
    outcome: { type: 'string' },
    subject: { type: 'string' },
    actor: { type: 'string' },
    address: { type: 'string' },
    request: { type: 'string' },
    limit: { type: 'string' },
  },
  async run({ options }, connect) {
    const { auditRows, now } = connect()
    const { since, event, outcome, subject, actor, address, request } = options
    if (outcome !== undefined && !['ok', 'refused'].includes(outcome))
      throw new UsageError('--outcome: is ok or refused')
    const rows = await auditRows.find({
      since: since === undefined ? undefined : readTime(since, now()),
      event,
      outcome,
      subject,
      actor,
      address,
      requestId: request,
      limit: readLimit(options.limit ?? '100'),
    })
    const heads = ['TIME', 'EVENT', 'OUTCOME', 'REASON', 'SUBJECT', 'ACTOR', 'ADDRESS', 'REQUEST', 'DETAILS']
    const cells = rows.map((row) => [
      row.at,
      row.event,
      row.outcome,
      row.reason,
      row.subject,
      row.actor,
      row.address,
      row.requestId,
      row.details === null ? null : JSON.stringify(row.details),
    ])
    return { json: rows, text: table(heads, cells) }
  },
}

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

function readTime(text: string, now: Date): Date {
  const { count, unit = '' } = /^(?<count>\d{1,9})(?<unit>[smhd])$/.exec(text)?.groups ?? {}
  const time =
    count === undefined ? new Date(text) : new Date(now.getTime() - Number(count) * (secondsOf[unit] ?? 0) * 1000)
  // Postgres knows no time before 4713 BC, and nobody means one.
  if (!(time.getTime() > 0))
    throw new UsageError('--since: is neither 90m, 36h or 7d nor a time like 2026-01-31T12:00Z')
  return time
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > 1_000_000)
    throw new UsageError('--limit: is no number from 1 to 1000000')
  return limit
}
