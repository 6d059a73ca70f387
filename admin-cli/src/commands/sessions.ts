import { AdminError, UsageError } from '../admin-error.js'
import type { Command } from '../command.js'
import { table } from '../table.js'

export const sessionsList: Command = {
  usage: 'sessions list NAME',
  does: 'lists the sessions of a user, last used first',
  async run({ names: [name = ''] }, connect) {
    const { users, sessions } = connect()
    const list = await sessions.list((await users.find(name)).id)
    const rows = list.map(({ id, createdAt, lastUsedAt, expiresAt, address, userAgent }) => [
      id,
      createdAt,
      lastUsedAt,
      expiresAt,
      address,
      userAgent,
    ])
    return {
      json: list,
      text: table(['SESSION', 'MADE', 'LAST USED', 'EXPIRES', 'ADDRESS', 'USER AGENT'], rows),
    }
  },
}

export const sessionsEnd: Command = {
  usage: 'sessions end NAME [SESSION]',
  does: 'ends one session of a user, or all',
  async run({ names: [name = '', session] }, connect) {
    const { users, sessions } = connect()
    if (session !== undefined && !uuid.test(session))
      throw new UsageError('A session is told by its id, as sessions list shows it')
    const user = await users.find(name)
    const ended = await sessions.end(user.id, session)
    if (session !== undefined && ended.length === 0) {
      throw new AdminError(`${user.username} has no such session, or it has ended already`)
    }
    return { json: { username: user.username, ended }, text: `Ended ${ended.length} of ${user.username}'s sessions\n` }
  },
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
