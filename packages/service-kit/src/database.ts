import pg from 'pg'
import type { Logger } from './logger.js'
import { databaseUnavailable } from './problem.js'

type DatabaseOptions = { connectionString: string; maxConnections: number; log: Logger }

/**
 * A pool of Postgres connections whose `query` tells "the database said no" from "the database cannot be asked": the latter is a
 * 503 problem. No query waits longer than a few seconds, whatever the database does.
 */
export function createDatabase({ connectionString, maxConnections, log }: DatabaseOptions) {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    connectionTimeoutMillis: 2000,
    query_timeout: 4000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'))

  return {
    async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
      try {
        return await pool.query<Row>(query)
      } catch (error) {
        throw cannotTell(error) ? databaseUnavailable(error) : error
      }
    },
    close: () => pool.end(),
  }
}

export type Database = ReturnType<typeof createDatabase>

// https://www.postgresql.org/docs/18/errcodes-appendix.html: connection, authorization, resources, intervention, system.
const awayClasses = new Set(['08', '28', '53', '57', '58'])

/** Anything but an answer from the server is a broken or missing connection. */
const cannotTell = (error: unknown) =>
  !(error instanceof pg.DatabaseError) || awayClasses.has((error.code ?? '').slice(0, 2))
