import { UsageError } from '../admin-error.js'
import type { Command } from '../command.js'
import { checkUsername, type Role, roles } from '../data/user-accounts.js'
import { table } from '../table.js'

export const userAdd: Command = {
  usage: 'user add NAME [--role ROLE]',
  does: 'adds a user; asks for the password',
  options: { role: { type: 'string' } },
  async run({ names: [name = ''], options }, connect) {
    const { users, newPasswordHash } = connect()
    const username = checkUsername(name)
    const role = readRole(options.role ?? 'standard')
    const user = await users.add(username, await newPasswordHash(username), role)
    return { json: user, text: `Added ${username}, id ${user.id}, role ${role}\n` }
  },
}

export const userList: Command = {
  usage: 'user list',
  does: 'lists all users',
  async run(_given, connect) {
    const { users } = connect()
    const list = await users.list()
    const rows = list.map((user) => [
      user.id,
      user.username,
      user.role,
      user.createdAt,
      user.lastLoginAt,
      user.disabledAt,
    ])
    return { json: list, text: table(['ID', 'NAME', 'ROLE', 'MADE', 'LAST LOGIN', 'DISABLED'], rows) }
  },
}

export const userDisable: Command = {
  usage: 'user disable NAME',
  does: 'lets the user log in no more, and ends all sessions of theirs',
  run: ({ names: [name = ''] }, connect) =>
    changed(connect().users.disable(name), name, `Disabled ${name}`, 'disabled already'),
}

export const userEnable: Command = {
  usage: 'user enable NAME',
  does: 'lets the user log in again',
  run: ({ names: [name = ''] }, connect) =>
    changed(connect().users.enable(name), name, `Enabled ${name}`, 'not disabled'),
}

export const unlock: Command = {
  usage: 'unlock NAME',
  does: 'forgets the failed logins of the user, who may try again at once',
  run: ({ names: [name = ''] }, connect) =>
    changed(connect().users.unlock(name), name, `Unlocked ${name}`, 'not locked: there is no failed login'),
}

export const userSetPassword: Command = {
  usage: 'user set-password NAME',
  does: 'sets the password, asks for it, and ends all sessions of the user',
  async run({ names: [name = ''] }, connect) {
    const { users, newPasswordHash } = connect()
    const { username } = await users.find(name)
    await users.setPasswordHash(username, await newPasswordHash(username))
    return { json: { username, changed: true }, text: `Set the password of ${username}; their sessions have ended\n` }
  },
}

export const userSetRole: Command = {
  usage: 'user set-role NAME ROLE',
  does: `sets the role: ${roles.join(' or ')}`,
  run({ names: [name = '', role = ''] }, connect) {
    return changed(
      connect().users.setRole(name, readRole(role)),
      name,
      `${name} now has the role ${role}`,
      `in the role ${role} already`,
    )
  },
}

/** The name has been found by then, so it is one. */
async function changed(change: Promise<boolean>, username: string, done: string, already: string) {
  const isChanged = await change
  return { json: { username, changed: isChanged }, text: isChanged ? `${done}\n` : `${username} is ${already}\n` }
}

function readRole(text: string): Role {
  const role = roles.find((known) => known === text)
  if (!role) throw new UsageError(`There is no such role; there are ${roles.join(' and ')}`)
  return role
}
