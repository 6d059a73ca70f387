import type { ParseArgsConfig } from 'node:util'
import type { AuditRows } from './data/audit-rows.js'
import type { UserAccounts } from './data/user-accounts.js'
import type { UserSessions } from './data/user-sessions.js'

/** What the commands work with. */
type Deps = {
  users: UserAccounts
  sessions: UserSessions
  auditRows: AuditRows
  /** Asks for a password, judges it, and makes a bcrypt hash of it. */
  newPasswordHash: (username: string) => Promise<string>
  now: () => Date
}

/** Reads the configuration, or throws what is wrong with it; not every command needs any. */
type Connect = () => Deps

/** What a command tells: to programs with `--json`, else to people. */
type Told = { json: unknown; text: string }

/** One verb of the CLI. */
export type Command = {
  /** How it is called: NAMES in capitals are to be given, those in brackets may be. */
  usage: string
  does: string
  options?: NonNullable<ParseArgsConfig['options']>
  /** `names` are what was given for the NAMES, in order; `options` is what was given by option. */
  run: (given: Given, connect: Connect) => Promise<Told>
}

export type Given = { names: string[]; options: Record<string, string | undefined> }
