import type { Logger, MetricRegistry } from '@auth-stack/service-kit'
import type { EndedSession } from './announcement.js'
import { createEndedRegister } from './ended-register.js'
import { createEndedSessionMetrics } from './ended-session-metrics.js'
import { keepListening } from './keep-listening.js'

type EndedSessionsDeps = {
  /** A `postgres://` URL of a role that may read `id`, `ended_at` and `access_expires_at` of `sessions`. */
  connectionString: string
  /** How long it may be unsure whether it knows all of them before it says so of every session. */
  stalenessSeconds: number
  log: Logger
  metrics: MetricRegistry
  /** Milliseconds since the epoch. */
  nowMs: () => number
  /** Milliseconds of a clock that only goes forward. */
  monotonicMs: () => number
}

/** Of the session of a token: nothing speaks against it, it has ended, or it cannot be said. */
export type SessionState = 'open' | 'ended' | 'unknown'

/**
 * Knows which sessions have ended while tokens of theirs may live: told by Postgres, within milliseconds, and kept in memory, so that to
 * ask costs no query. While the connection is away it goes on with what it knows for `stalenessSeconds`; then, and before it has read
 * them for the first time, no session is `open`. Starts at once, until `close`.
 */
export function createEndedSessions(deps: EndedSessionsDeps) {
  const { connectionString, stalenessSeconds, log, nowMs, monotonicMs } = deps
  const register = createEndedRegister({ nowMs })
  const stalenessMs = stalenessSeconds * 1000
  const startedAtMs = monotonicMs()
  const closing = new AbortController()
  let confirmedAtMs = Number.NEGATIVE_INFINITY
  let isUp = false
  // Of an outage one line is written, however often it is tried again.
  let isToldDown = false
  let hasRead = false
  let tellFirstRead = () => {}
  const firstRead = new Promise<void>((resolve) => {
    tellFirstRead = resolve
  })

  const isCurrent = () => monotonicMs() - confirmedAtMs <= stalenessMs
  const unconfirmedSeconds = () => (monotonicMs() - Math.max(confirmedAtMs, startedAtMs)) / 1000
  const metrics = createEndedSessionMetrics(deps.metrics, {
    known: () => register.size,
    isUp: () => isUp,
    unconfirmedSeconds,
  })

  function learn({ sid, until, endedAtMs }: EndedSession, isOld = false) {
    if (register.add(sid, until) && !isOld) metrics.learned((nowMs() - endedAtMs) / 1000)
  }

  const listening = keepListening({
    connectionString,
    monotonicMs,
    signal: closing.signal,
    onEnded: learn,
    onRead(sessions) {
      // What ended before this instance was there is no delay of its.
      for (const session of sessions) learn(session, !hasRead)
      if (hasRead) metrics.reconnected()
      hasRead = true
    },
    onConfirmed(atMs) {
      if (!isUp)
        log.info(
          { known: register.size, unconfirmedSeconds: Number(unconfirmedSeconds().toFixed(3)) },
          'hears of ended sessions',
        )
      isUp = true
      isToldDown = false
      confirmedAtMs = atMs
      register.sweep()
      tellFirstRead()
    },
    // The payload may be anybody's, so it is not repeated.
    onMalformed: (backend) => log.warn({ backend }, 'ignored a notification that is not of an ended session'),
    onLost(error) {
      isUp = false
      if (!isToldDown) log.warn({ err: error, stalenessSeconds }, 'does not hear of ended sessions')
      isToldDown = true
    },
  })

  return {
    /**
     * The state of the session that a token names in `sid`. A token that names none belongs to none and cannot be ended, so it is
     * always `open`. One look-up in memory.
     */
    stateOf(sid: string | undefined): SessionState {
      if (sid === undefined) return 'open'
      if (register.has(sid)) return 'ended'
      return isCurrent() ? 'open' : 'unknown'
    },

    /** For `/readyz`: `degraded` while it does not hear of them; rejects once no session is `open` for that. */
    async check(): Promise<'OK' | 'degraded'> {
      if (isCurrent()) return isUp ? 'OK' : 'degraded'
      throw new Error(`it was last sure to know every ended session ${Math.round(unconfirmedSeconds())} s ago`)
    },

    /** Resolves once all that have ended are known for the first time. */
    firstRead,

    async close() {
      closing.abort()
      await listening
    },
  }
}

export type EndedSessions = ReturnType<typeof createEndedSessions>
