import { randomUUID } from 'node:crypto'
import bcrypt from 'bcrypt'
import { beforeEach, describe, expect, it } from 'vitest'
import { addSession, addUser, connectAs } from '../../database/test/connect.js'
import { runAdmin, runAdminAtTerminal } from './run-admin.js'

const passphrase = 'seven blue herons wade'
let username: string

beforeEach(() => {
  username = `user-${randomUUID()}`
})

async function stored(name = username) {
  const owner = await connectAs('owner')
  const { rows } = await owner.query('select * from users where username = $1', [name])
  return rows[0]
}

/** The rows the audit log has of the user, oldest first. */
async function audited(...args: string[]) {
  const { stdout } = await runAdmin(['audit', '--subject', username, '--json', ...args])
  return JSON.parse(stdout) as Record<string, unknown>[]
}

describe('user add', () => {
  it('adds a user who can log in with the password on standard input, at the configured cost', async () => {
    const { exitCode, stdout, stderr } = await runAdmin(['user', 'add', username], { input: `${passphrase}\n` })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const user = await stored()
    expect(stdout).toBe(`Added ${username}, id ${user.id}, role standard\n`)
    expect(user).toMatchObject({ role: 'standard', disabled_at: null })
    expect(user.password_hash).toMatch(/^\$2b\$04\$/)
    expect(bcrypt.compareSync(passphrase, user.password_hash)).toBe(true)
  })

  it('is in the audit log, with who did it and from where', async () => {
    await runAdmin(['user', 'add', username, '--role', 'admin'], { input: passphrase, env: { ADMIN_ACTOR: 'grace' } })
    expect(await audited()).toEqual([
      expect.objectContaining({
        event: 'user-added',
        actor: 'admin:grace',
        details: { role: 'admin' },
        instance: expect.stringMatching(/^admin-cli@./),
        recordedBy: 'admin_cli',
      }),
    ])
  })

  it('asks twice at a terminal and shows neither', async () => {
    const { exitCode, stdout } = await runAdminAtTerminal(
      ['user', 'add', username],
      [
        ['Password (not shown): ', `${passphrase}\r`],
        ['Once more: ', `${passphrase}\r`],
      ],
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Password \(not shown\): \r\nOnce more: \r\nAdded /)
    expect(stdout).not.toContain('heron')
    expect(bcrypt.compareSync(passphrase, (await stored()).password_hash)).toBe(true)
  })

  it.each([
    ['the two differ', [passphrase, `${passphrase}s`], 'The two are not the same'],
    ['Ctrl-C is pressed', ['half a pass\u0003'], 'Interrupted; nothing was changed'],
    ['Ctrl-D is pressed', ['\u0004'], 'No password was given'],
  ])('adds nobody when %s', async (_what, typed, message) => {
    const prompts = ['Password (not shown): ', 'Once more: ']
    const { exitCode, stdout } = await runAdminAtTerminal(
      ['user', 'add', username],
      typed.map((text, index) => [prompts[index] ?? '', text.length === 1 ? text : `${text}\r`]),
    )
    expect(exitCode).toBe(1)
    expect(stdout).toContain(message)
    expect(await stored()).toBeUndefined()
  })

  it.each([
    ['a capital', 'Alice'],
    ['a space', 'alice smith'],
    ['a letter that looks like another', 'аlice'],
    ['a colour of the terminal', '\u001b[31malice'],
    ['SQL', "x'; drop table users; --"],
    ['65 letters', 'a'.repeat(65)],
    ['nothing', ''],
  ])('refuses a name of %s, before it asks for a password', async (_what, name) => {
    const { exitCode, stderr } = await runAdmin(['user', 'add', name], { input: '' })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('cannot be a name')
    expect(stderr).not.toContain('\u001b')
    expect(await stored(name)).toBeUndefined()
  })

  it('refuses a name that is taken', async () => {
    const { exitCode, stderr } = await runAdmin(['user', 'add', 'alice'], { input: passphrase })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'There is a user alice already\n' })
  })

  it('refuses a role there is not, as not understood', async () => {
    const { exitCode, stderr } = await runAdmin(['user', 'add', username, '--role', 'root'], { input: passphrase })
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'There is no such role; there are standard and admin\n',
    })
  })
})

describe('user set-password', () => {
  it('changes the password, ends the sessions, and is in the audit log', async () => {
    const session = await addSession(await addUser({ username }))
    const { exitCode } = await runAdmin(['user', 'set-password', username], { input: passphrase })
    expect(exitCode).toBe(0)
    expect(bcrypt.compareSync(passphrase, (await stored()).password_hash)).toBe(true)
    const rows = await audited()
    expect(rows.map(({ event, reason, sessionId }) => ({ event, reason, sessionId }))).toEqual(
      expect.arrayContaining([
        { event: 'password-changed', reason: null, sessionId: null },
        { event: 'session-ended', reason: 'password-changed', sessionId: session },
      ]),
    )
    expect(JSON.stringify(rows)).not.toContain('$2b$')
  })

  it('says that there is no such user before it asks', async () => {
    const { exitCode, stderr } = await runAdmin(['user', 'set-password', username])
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: `There is no user ${username}\n` })
  })
})

describe('unlock', () => {
  it('forgets the failed logins of this user and of nobody else, and says when there are none', async () => {
    const userId = await addUser({ username })
    const owner = await connectAs('owner')
    const keys = [`account:${userId}`, `pair:${userId}:192.0.2.1`, `account:${userId}0`, `pair:${userId}0:192.0.2.1`]
    await owner.query('insert into failed_logins (key, points) select unnest($1::text[]), 9', [keys])
    expect((await runAdmin(['unlock', username])).stdout).toBe(`Unlocked ${username}\n`)
    const left = await owner.query('delete from failed_logins where key = any ($1) returning key', [keys])
    expect(left.rows.map(({ key }) => key).sort()).toEqual(keys.slice(2).sort())
    expect((await runAdmin(['unlock', username])).stdout).toBe(`${username} is not locked: there is no failed login\n`)
    expect((await audited()).map(({ event }) => event)).toContain('user-unlocked')
  })
})

describe('user disable and enable', () => {
  it('ends the sessions, and says when there was nothing to do', async () => {
    const userId = await addUser({ username })
    await addSession(userId)
    const say = async (verb: string) => (await runAdmin(['user', verb, username])).stdout
    expect(await say('disable')).toBe(`Disabled ${username}\n`)
    expect((await stored()).disabled_at).toBeInstanceOf(Date)
    expect(JSON.parse((await runAdmin(['sessions', 'list', username, '--json'])).stdout)).toEqual([])
    expect(await say('disable')).toBe(`${username} is disabled already\n`)
    expect(await say('enable')).toBe(`Enabled ${username}\n`)
    expect(await say('enable')).toBe(`${username} is not disabled\n`)
    expect((await audited()).map(({ event }) => event).sort()).toEqual([
      'session-ended',
      'user-added',
      'user-disabled',
      'user-enabled',
    ])
  })
})

describe('user set-role', () => {
  it('changes the role and says so', async () => {
    await addUser({ username })
    const { stdout } = await runAdmin(['user', 'set-role', username, 'admin', '--json'])
    expect(JSON.parse(stdout)).toEqual({ username, changed: true })
    expect((await stored()).role).toBe('admin')
    expect((await runAdmin(['user', 'set-role', username, 'admin'])).stdout).toBe(
      `${username} is in the role admin already\n`,
    )
    expect(await audited('--event', 'role-changed')).toMatchObject([{ details: { from: 'standard', to: 'admin' } }])
  })
})

describe('user list', () => {
  it('lists users for people and, with --json, for programs, and never a hash', async () => {
    await addUser({ username })
    const { stdout: text } = await runAdmin(['user', 'list'])
    expect(text).toMatch(/^ID +NAME +ROLE +MADE +LAST LOGIN +DISABLED\n/)
    expect(text).toMatch(new RegExp(`^\\d+ +${username} +standard +\\d{4}-.*Z +- +-$`, 'm'))
    const { stdout: json } = await runAdmin(['user', 'list', '--json'])
    expect(JSON.parse(json)).toContainEqual(
      expect.objectContaining({ username, role: 'standard', lastLoginAt: null, disabledAt: null }),
    )
    expect(text + json).not.toContain('$2b$')
  })
})
