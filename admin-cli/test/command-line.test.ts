import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { runAdmin } from './run-admin.js'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'admin-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

it.each([[['--help']], [['user', '-h']], [[]]])('explains itself: %j', async (args) => {
  const { exitCode, stdout } = await runAdmin(args)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^usage: npm run --silent admin -- COMMAND/)
  expect(stdout).toContain('user add NAME [--role ROLE]')
})

describe('a password given where none belongs is not repeated', () => {
  const secret = 'hunter2-hunter2-hunter2'
  it.each([
    ['as a command', [secret]],
    ['as a second name', ['user', 'add', 'eve', secret]],
    ['as an option', ['user', 'add', 'eve', `--password=${secret}`]],
    ['as a role', ['user', 'set-role', 'alice', secret]],
    ['as a kind of key', ['keys', 'new', secret, '/nowhere/x']],
    ['as a session', ['sessions', 'end', 'alice', secret]],
  ])('%s', async (_what, args) => {
    const { exitCode, stdout, stderr } = await runAdmin(args)
    expect(exitCode).toBe(2)
    expect(stderr).not.toBe('')
    expect(stdout + stderr).not.toContain('hunter2')
  })
})

describe('when the database cannot be asked', () => {
  it.each([
    ['nobody listens', () => 'postgres://admin_cli:s3cret@127.0.0.1:1/auth', 'ECONNREFUSED'],
    [
      'the password is wrong',
      () => withPassword(inject('databaseUrls').admin, 's3cret'),
      'password authentication failed',
    ],
  ])('%s: says so in one line, without the password', async (_what, url, message) => {
    const { exitCode, stdout, stderr } = await runAdmin(['user', 'list'], { env: { DATABASE_URL: url() } })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^The database cannot be asked: .*${message}.*\n$`))
    expect(stderr).not.toContain('s3cret')
  })

  it('does not wait for ever for one that says nothing', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as { port: number }
    const { exitCode, stderr } = await runAdmin(['user', 'list'], {
      env: { DATABASE_URL: `postgres://admin_cli:s3cret@127.0.0.1:${port}/auth` },
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'The database cannot be asked: timeout expired\n' })
  })

  it.each([
    [{ DATABASE_URL: 'mysql://x:s3cret@y/z' }, 'DATABASE_URL: must be a postgres:// URL\n'],
    [
      { BCRYPT_COST: '3', PASSWORD_MIN_CHARACTERS: '7' },
      'BCRYPT_COST: must be at least 4\nPASSWORD_MIN_CHARACTERS: must be at least 8\n',
    ],
  ])('names each mistake of the configuration: %#', async (env, mistakes) => {
    const { exitCode, stderr } = await runAdmin(['user', 'list'], { env })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: mistakes })
  })
})

describe('keys new', () => {
  it.each(['hs256', 'es256'])('makes a %s key that only its owner can read, without a database', async (kind) => {
    const file = join(makeFolder(), 'key')
    const { exitCode, stdout } = await runAdmin(['keys', 'new', kind, file], { env: { DATABASE_URL: '' } })
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `Made a new key in ${file}\n` })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const key = readFileSync(file, 'utf8')
    if (kind === 'hs256') expect(key).toMatch(/^[0-9a-f]{64}$/)
    else expect(createPrivateKey(key).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  })

  it('does not overwrite a file', async () => {
    const file = join(makeFolder(), 'key')
    writeFileSync(file, 'a key in use')
    const { exitCode, stderr } = await runAdmin(['keys', 'new', 'hs256', file])
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'The file is there already\n' })
    expect(readFileSync(file, 'utf8')).toBe('a key in use')
  })
})

const withPassword = (url: string, password: string) => {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}
