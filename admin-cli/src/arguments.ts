import { parseArgs } from 'node:util'
import { UsageError } from './admin-error.js'
import type { Command, Given } from './command.js'
import { audit } from './commands/audit.js'
import { keysNew } from './commands/keys-new.js'
import { sessionsEnd, sessionsList } from './commands/sessions.js'
import { unlock, userAdd, userDisable, userEnable, userList, userSetPassword, userSetRole } from './commands/user.js'

/** Every command there is. */
const commands = [
  userAdd,
  userList,
  userDisable,
  userEnable,
  userSetPassword,
  userSetRole,
  unlock,
  sessionsList,
  sessionsEnd,
  audit,
  keysNew,
]

export const usage = `usage: npm run --silent admin -- COMMAND [--json]

${commands.map(({ usage, does }) => `  ${usage}\n      ${does}\n`).join('')}
--json tells it to programs, as one line. Passwords are asked for and not shown, or read from standard input when that is no terminal.

Without DATABASE_URL or DATABASE_URL_FILE it works on the stack that npm start runs here. Ends with 0 when it is done, 1 when not, 2 when
it is not understood.
`

/** The command that is meant, and what was given to it. Throws a UsageError, which repeats no argument: it may be a password. */
export function readArguments(args: string[]): { command: Command; given: Given; json: boolean } {
  const command = commands.find(({ usage }) => verbOf(usage).every((word, index) => args[index] === word))
  if (!command)
    throw new UsageError(
      `There is no such command. There are: ${commands.map(({ usage }) => verbOf(usage).join(' ')).join(', ')}`,
    )
  const verb = verbOf(command.usage)
  const { values, positionals } = parse(args.slice(verb.length), command)
  const { json, ...options } = values as Given['options'] & { json?: boolean }
  const [least, most] = placesOf(command.usage)
  if (positionals.length < least || positionals.length > most) throw new UsageError(`usage: ${command.usage}`)
  return {
    command,
    given: { names: positionals, options },
    json: json === true,
  }
}

function parse(args: string[], command: Command) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { ...command.options, json: { type: 'boolean' } },
    })
  } catch {
    throw new UsageError(`usage: ${command.usage}`)
  }
}

/** The lower-case words that a usage begins with. */
function verbOf(usage: string): string[] {
  const words = usage.split(' ')
  const end = words.findIndex((word) => !/^[a-z-]+$/.test(word))
  return end === -1 ? words : words.slice(0, end)
}

/** How many are to be given beside the verb and the options, at least and at most. */
function placesOf(usage: string): [least: number, most: number] {
  const places = usage
    .replace(/\[--[^\]]*\]/g, '')
    .split(' ')
    .filter((word) => word !== '')
    .slice(verbOf(usage).length)
  return [places.filter((place) => !place.startsWith('[')).length, places.length]
}
