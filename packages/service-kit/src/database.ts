import pg from 'pg'
import type { Logger } from './logger.js'
import type { DatabaseMetrics } from './metrics/database-metrics.js'
import { databaseUnavailable } from './problem.js'

type DatabaseOptions = {
  connectionString: string
  maxConnections: number
  /** What Postgres calls these connections, and its triggers whoever made a change. */
  applicationName?: string
  log: Logger
  metrics: DatabaseMetrics
}

/**
 * A pool of Postgres connections whose `query` tells "the database said no" from "the database cannot be asked": the latter is a
 * 503 problem. No query waits longer than 4.5 seconds, whatever the database does: nginx gives the API 5.
 */
export function createDatabase({ connectionString, maxConnections, applicationName, log, metrics }: DatabaseOptions) {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    application_name: applicationName,
    connectionTimeoutMillis: 1500,
    query_timeout: 3000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'))
  // The same for one that breaks in use: its query is told, and that is enough.
  pool.on('connect', (client) => client.on('error', () => {}))
  metrics.watch(pool, maxConnections)

  // Checked out by hand, where `pool.query` would do, because only so can the wait be told from the query.
  async function checkOut(): Promise<pg.PoolClient> {
    const askedAt = performance.now()
    try {
      return await pool.connect()
    } catch (error) {
      // Nothing that keeps a connection from being had is an answer to the query.
      throw databaseUnavailable(error)
    } finally {
      metrics.acquired((performance.now() - askedAt) / 1000)
    }
  }

  return {
    async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
      const client = await checkOut()
      try {
        const result = await client.query<Row>(query)
        client.release()
        return result
      } catch (error) {
        // A connection that was not answered on may still be busy, so it is closed; after a "no" it is as good as before.
        const away = cannotTell(error)
        client.release(away)
        throw away ? databaseUnavailable(error) : error
      }
    },
    close: () => pool.end(),
  }
}

export type Database = ReturnType<typeof createDatabase>

// https://www.postgresql.org/docs/18/errcodes-appendix.html: connection, authorization, no such database, deadlocks, resources,
// limits (a full queue of notifications), locks, intervention, system.
const awayClasses = new Set(['08', '28', '3D', '40', '53', '54', '55', '57', '58'])

/** Whether an error is no answer to what was asked: the connection is broken or missing, or the server cannot do it now. */
export const cannotTell = (error: unknown) =>
  !(error instanceof pg.DatabaseError) || awayClasses.has((error.code ?? '').slice(0, 2))
