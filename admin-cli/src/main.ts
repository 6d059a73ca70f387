import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import { EnvError } from '@auth-stack/service-kit'
import { hash } from 'bcrypt'
import { AdminError, UsageError } from './admin-error.js'
import { readArguments, usage } from './arguments.js'
import { type Config, readConfig } from './config.js'
import { createAuditRows } from './data/audit-rows.js'
import { createDatabase, type Database } from './data/database.js'
import { createUserAccounts } from './data/user-accounts.js'
import { createUserSessions } from './data/user-sessions.js'
import { printable, printableJson } from './printable.js'
import { readPassword } from './read-password.js'

async function main(args: string[]): Promise<void> {
  if (args.length === 0 || args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(usage)
    return
  }
  const { command, given, json } = readArguments(args)
  let database: Database | undefined
  const connect = () => {
    const config = readConfig(withLocalStack(process.env), userInfo().username)
    database = createDatabase(config.DATABASE_URL, `admin:${config.ADMIN_ACTOR}`)
    return {
      users: createUserAccounts(database),
      sessions: createUserSessions(database),
      auditRows: createAuditRows(database),
      newPasswordHash: (username: string) => newPasswordHash(username, config),
      now: () => new Date(),
    }
  }
  try {
    const told = await command.run(given, connect)
    process.stdout.write(json ? `${printableJson(told.json)}\n` : told.text)
  } finally {
    await database?.close()
  }
}

async function newPasswordHash(username: string, config: Config): Promise<string> {
  const password = await readPassword({ input: process.stdin, say: (text) => process.stderr.write(text) })
  // Loaded only here: its lists take longer than all the rest.
  const { checkPassword } = await import('./password-rules.js')
  checkPassword(password, username, { minCharacters: config.PASSWORD_MIN_CHARACTERS })
  return hash(password, config.BCRYPT_COST)
}

/** Where no database is named it is that of `npm start`, whose auth-service hashes at this cost. */
function withLocalStack(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env.DATABASE_URL || env.DATABASE_URL_FILE) return env
  const file = fileURLToPath(new URL('../../.local/secrets/admin/local_database_url', import.meta.url))
  if (!existsSync(file)) {
    throw new AdminError('There is no stack here: run npm start, or set DATABASE_URL_FILE to the database to work on')
  }
  return { BCRYPT_COST: '10', ...env, DATABASE_URL_FILE: file }
}

// Whoever read us has had enough: `| head`.
process.stdout.on('error', () => process.exit(0))

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = error instanceof UsageError ? 2 : 1
  process.stderr.write(`${describe(error)}\n`)
})

/** A line a mistake; a stack only for what nobody expected. */
function describe(error: unknown): string {
  if (error instanceof EnvError) return error.mistakes.join('\n')
  if (error instanceof AdminError || error instanceof UsageError) return error.message
  return printable((error as Error).stack ?? String(error))
}
