import { hostname } from 'node:os'
import { cannotTell } from '@auth-stack/service-kit'
import pg from 'pg'
import { AdminError } from '../admin-error.js'

/** One connection, opened at the first query, on which the triggers of the database know who acts: `actor`, for the audit log. */
export function createDatabase(connectionString: string, actor: string) {
  let opening: Promise<pg.Client> | undefined

  async function open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString,
      application_name: `admin-cli@${hostname()}`,
      connectionTimeoutMillis: 5000,
      query_timeout: 40_000,
    })
    // One that breaks in use is told by its query.
    client.on('error', () => {})
    await client.connect()
    await client.query("select set_config('audit.context', $1, false)", [JSON.stringify({ actor })])
    return client
  }

  return {
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
      try {
        opening ??= open()
        return (await (await opening).query<Row>(text, values)).rows
      } catch (error) {
        throw cannotTell(error) ? cannotAsk(error) : error
      }
    },
    async close() {
      const client = await opening?.catch(() => undefined)
      await client?.end()
    },
  }
}

export type Database = ReturnType<typeof createDatabase>

/** Nothing of the connection's URL is in these messages. */
function cannotAsk(cause: unknown): AdminError {
  const { code, message } = cause as NodeJS.ErrnoException
  return new AdminError(`The database cannot be asked: ${message || code}`, { cause })
}

/** Whether the error is the database's refusal by this constraint. */
export const violates = (error: unknown, constraint: string) =>
  error instanceof pg.DatabaseError && error.constraint === constraint
