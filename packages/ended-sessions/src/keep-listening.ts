import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { announcementChannel, type EndedSession, parseAnnouncement } from './announcement.js'

type KeepListeningDeps = {
  /** A `postgres://` URL. One connection is open, beside those of the service's pool. */
  connectionString: string
  /** Milliseconds of a clock that only goes forward. */
  monotonicMs: () => number
  /** A session ended just now. */
  onEnded: (session: EndedSession) => void
  /** All that had ended before this connection was made. Comes before the first `onConfirmed` of a connection. */
  onRead: (sessions: EndedSession[]) => void
  /** Whatever had ended at this moment of the monotonic clock has been told. */
  onConfirmed: (atMs: number) => void
  /** A notification that is none of ours, from the backend with this process id. */
  onMalformed: (backend: number) => void
  /** The connection broke, or could not be made; it is tried again. */
  onLost: (error: unknown) => void
  /** Ends it. */
  signal: AbortSignal
}

const heartbeatEveryMs = 1000
const heartbeatTimeoutMs = 2000
const connectTimeoutMs = 2000
// The role's own limit is for queries of one row.
const readTimeoutMs = 10_000
const retryMs = { first: 100, most: 2000 }

// The index sessions_ended. A minute longer than tokens live, so that clocks that differ do not matter.
const endedSessionsQuery = `
  select id as sid,
         ceil(extract(epoch from access_expires_at))::float8 as until,
         floor(extract(epoch from ended_at) * 1000)::float8 as "endedAtMs"
    from sessions
    where ended_at is not null and access_expires_at > now() - interval '1 minute'`

/**
 * Tells of every session that ends, from a connection of its own, and makes that anew whenever it breaks. First it listens and then it
 * reads what has ended already, so that nothing falls between the two; a query a second shows that the connection still lives,
 * which a socket alone does not. Resolves once `signal` is aborted and the connection is closed.
 */
export async function keepListening(deps: KeepListeningDeps): Promise<void> {
  const { signal, onConfirmed, onLost } = deps
  let failures = 0
  while (!signal.aborted) {
    try {
      await listen({
        ...deps,
        onConfirmed(atMs) {
          failures = 0
          onConfirmed(atMs)
        },
      })
    } catch (error) {
      if (signal.aborted) return
      onLost(error)
      await sleep(retryDelayMs(failures++), undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

/** Doubles each time, up to a bound; by half at random, so that not all instances come back at once. */
function retryDelayMs(failures: number) {
  return Math.min(retryMs.most, retryMs.first * 2 ** failures) * (0.5 + Math.random() / 2)
}

/** One connection, until it breaks: then it throws why. */
async function listen(deps: KeepListeningDeps): Promise<never> {
  const { connectionString, monotonicMs, onEnded, onRead, onConfirmed, onMalformed, signal } = deps
  const client = new pg.Client({
    connectionString,
    application_name: 'ended-sessions',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: readTimeoutMs,
    statement_timeout: readTimeoutMs,
    keepAlive: true,
  })
  const broken = new AbortController()
  const close = () => broken.abort(signal.reason)
  signal.addEventListener('abort', close)
  client.on('error', (error) => broken.abort(error))
  client.on('end', () => broken.abort(new Error('the connection was closed')))
  client.on('notification', ({ payload, processId }) => {
    const session = parseAnnouncement(payload)
    if (session) onEnded(session)
    else onMalformed(processId)
  })

  try {
    await client.connect()
    await client.query(`listen ${announcementChannel}`)
    let askedAtMs = monotonicMs()
    const { rows } = await client.query<EndedSession>(endedSessionsQuery)
    onRead(rows)
    for (;;) {
      onConfirmed(askedAtMs)
      await sleep(heartbeatEveryMs, undefined, { signal: broken.signal, ref: false })
      askedAtMs = monotonicMs()
      await client.query({ text: 'select 1', query_timeout: heartbeatTimeoutMs } as pg.QueryConfig)
    }
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error
  } finally {
    signal.removeEventListener('abort', close)
    const closed = client.end().catch(() => {})
    // A server that is frozen would not answer, and there is nothing to wait for but the end of the service.
    if (signal.aborted) await closed
  }
}
