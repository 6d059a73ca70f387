import type { MetricRegistry } from '@auth-stack/service-kit'
import type { RefreshOutcome } from '../data/session-repository.js'

type RefreshResult = RefreshOutcome['outcome'] | 'unavailable'
type EndReason = 'logout' | 'ended-by-user' | 'refresh-token-reused' | 'too-many-sessions'
type Rows = 'sessions' | 'refresh_tokens'

const refreshResults: RefreshResult[] = ['renewed', 'repeated', 'reused', 'refused', 'unavailable']
const endReasons: EndReason[] = ['logout', 'ended-by-user', 'refresh-token-reused', 'too-many-sessions']
const tables: Rows[] = ['sessions', 'refresh_tokens']

/** What becomes of sessions, as far as this instance does it. How many are opened, the logins say. */
export function createSessionMetrics({ counter }: MetricRegistry) {
  const refreshes = counter({
    name: 'auth_refreshes_total',
    help: 'Refresh tokens judged, by result: renewed, repeated within the grace, reused after it, refused, or unavailable.',
    labelNames: ['result'],
  })
  const ended = counter({
    name: 'auth_sessions_ended_total',
    help: 'Sessions this instance ended, by reason.',
    labelNames: ['reason'],
  })
  const removed = counter({
    name: 'auth_session_rows_removed_total',
    help: 'Rows of dead sessions and of refresh tokens spent long ago that this instance removed, by table.',
    labelNames: ['table'],
  })
  for (const result of refreshResults) refreshes.inc({ result }, 0)
  for (const reason of endReasons) ended.inc({ reason }, 0)
  for (const table of tables) removed.inc({ table }, 0)

  return {
    refreshed: (result: RefreshResult) => refreshes.inc({ result }),
    ended: (reason: EndReason) => ended.inc({ reason }),
    removed: (table: Rows, count: number) => removed.inc({ table }, count),
  }
}

export type SessionMetrics = ReturnType<typeof createSessionMetrics>
