import type { MetricRegistry } from '@auth-stack/service-kit'

/** What an instance tells of the ended sessions it knows, read at each scrape. */
type Watched = { known: () => number; isUp: () => boolean; unconfirmedSeconds: () => number }

/** How soon this instance learns that a session has ended, and whether it still does. */
export function createEndedSessionMetrics({ counter, gauge, histogram }: MetricRegistry, watched: Watched) {
  const addGauge = (name: string, help: string, value: () => number) =>
    gauge({
      name,
      help,
      collect() {
        this.set(value())
      },
    })
  addGauge(
    'ended_sessions_known',
    'Ended sessions that are kept in memory, as long as their tokens can live.',
    watched.known,
  )
  addGauge('ended_sessions_channel_up', 'Whether this instance hears of sessions that end: 1, or 0.', () =>
    watched.isUp() ? 1 : 0,
  )
  addGauge(
    'ended_sessions_unconfirmed_seconds',
    'Time since it was last sure that this instance knew every ended session, in seconds.',
    watched.unconfirmedSeconds,
  )
  const reconnects = counter({
    name: 'ended_sessions_reconnects_total',
    help: 'Times the connection that tells of ended sessions was made anew.',
  })
  const learned = histogram({
    name: 'ended_sessions_delay_seconds',
    help: 'Time from the end of a session, by the clock of Postgres, until this instance knew of it, in seconds.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60],
  })({})

  return {
    reconnected: () => reconnects.inc(),
    /** A session that ended so long ago was not known until now. */
    learned: (seconds: number) => learned(Math.max(0, seconds)),
  }
}
