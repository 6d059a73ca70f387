import type { MetricRegistry } from './registry.js'

/** What a pool of connections tells about itself. */
type PoolCounts = { totalCount: number; idleCount: number; waitingCount: number }

/** The connections to Postgres, and how long a query waits for one. Of one pool: `watch` says which. */
export function createDatabaseMetrics({ gauge, histogram }: MetricRegistry) {
  let pool: PoolCounts = { totalCount: 0, idleCount: 0, waitingCount: 0 }
  const acquired = histogram({
    name: 'pg_pool_acquire_seconds',
    help: 'Time a query waited for a connection, until it had one or gave up, opening one included, in seconds.',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  })({})
  const addCount = (name: string, help: string, count: (pool: PoolCounts) => number) =>
    gauge({
      name,
      help,
      collect() {
        this.set(count(pool))
      },
    })
  addCount('pg_pool_connections', 'Connections to Postgres that are open.', ({ totalCount }) => totalCount)
  addCount('pg_pool_idle_connections', 'Connections to Postgres that nobody uses.', ({ idleCount }) => idleCount)
  addCount('pg_pool_waiting_queries', 'Queries that wait for a connection.', ({ waitingCount }) => waitingCount)
  const limit = gauge({ name: 'pg_pool_max_connections', help: 'Connections to Postgres that may be open at once.' })

  return {
    watch(watched: PoolCounts, maxConnections: number) {
      pool = watched
      limit.set(maxConnections)
    },
    acquired,
  }
}

export type DatabaseMetrics = ReturnType<typeof createDatabaseMetrics>
