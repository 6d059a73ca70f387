import { appendFileSync, cpSync, existsSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePorts, waitUntil } from '../src/index.js'
import { type Command, createCheckout } from './checkout.js'
import { watchDescendants } from './process-tree.js'

let checkout: ReturnType<typeof createCheckout>
let url: string
let env: NodeJS.ProcessEnv

beforeEach(async () => {
  checkout = createCheckout()
  const [port = 0] = await freePorts(1)
  url = `http://localhost:${port}`
  env = { GATEWAY_PORT: String(port) }
})
afterEach(() => checkout.remove())

async function up(): Promise<Command> {
  const command = checkout.start(env)
  await command.printed('The stack is up')
  return command
}

async function stop(command: Command) {
  command.signal('SIGTERM')
  expect((await command.ended).exitCode).toBe(0)
}

async function reset() {
  const command = checkout.reset()
  const { exitCode } = await command.ended
  return { exitCode, ...command.output }
}

async function logIn(): Promise<string> {
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'alice', password: 'password123' }),
  })
  return ((await response.json()) as { token: string }).token
}

async function getProfile(token: string) {
  const response = await fetch(`${url}/api/v1/user/profile`, { headers: { Authorization: `Bearer ${token}` } })
  return { status: response.status, data: ((await response.json()) as { data?: object }).data }
}

it('keeps the database and the keys until it is reset, which it refuses while it runs', async () => {
  const first = await up()
  const token = await logIn()
  const profile = await getProfile(token)
  expect(profile).toMatchObject({ status: 200, data: { username: 'alice', lastLogin: expect.any(String) } })
  expect(await reset()).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `The stack of this checkout is running (pid ${first.pid}); stop it first\n`,
  })
  await stop(first)

  const second = await up()
  expect(await getProfile(token)).toEqual(profile)
  await stop(second)

  expect(await reset()).toMatchObject({ exitCode: 0, stderr: '' })
  expect(existsSync(checkout.stateFolder)).toBe(false)
  expect(await reset()).toMatchObject({ exitCode: 0, stdout: 'Nothing to reset: there is no .local\n' })

  await up()
  expect((await getProfile(token)).status).toBe(401)
})

it('says in one line what to do when its database was made by other SQL', async () => {
  await stop(await up())
  const database = join(checkout.folder, 'database')
  const ours = realpathSync(database)
  rmSync(database)
  cpSync(ours, database, { recursive: true })
  await stop(await up())

  appendFileSync(join(database, '03-seed.sql'), '-- One row more.\n')
  const refused = checkout.start(env)
  expect((await refused.ended).exitCode).toBe(1)
  expect(refused.output.stderr).toBe('The database was made by another version of database/*.sql; run: npm run reset\n')

  expect((await reset()).exitCode).toBe(0)
  await up()
})

it('starts again at once after it was killed, with the same database', async () => {
  const first = await up()
  const token = await logIn()
  const profile = await getProfile(token)

  first.signal('SIGKILL')
  await up()

  expect(await getProfile(token)).toEqual(profile)
})

/** Where the first start is when this exists and `initialised` does not. */
const dataFolder = () => join(checkout.stateFolder, 'postgres/data')
/** There while the files are made, and not after that. */
const passwordFile = () => join(checkout.stateFolder, 'postgres/password')
const isInitialising = async () => existsSync(dataFolder()) && readdirSync(dataFolder()).length > 0

it('says in one line what to do when the first start was killed half-way, and a reset mends it', async () => {
  const first = checkout.start(env)
  await waitUntil('the database is being made', isInitialising)
  const started = watchDescendants(first.pid)
  first.signal('SIGKILL')
  await started.gone()

  const second = checkout.start(env)
  expect((await second.ended).exitCode).toBe(1)
  expect(second.output.stderr).toBe(
    'The database is only half initialised, by a first start that was interrupted; run: npm run reset\n',
  )

  expect((await reset()).exitCode).toBe(0)
  await up()
})

it.each([
  ['its files are made', isInitialising],
  ['it starts for the first time', async () => (await isInitialising()) && !existsSync(passwordFile())],
])('needs no reset when the first start was interrupted while %s', async (_what, isSoFar) => {
  const first = checkout.start(env)
  await waitUntil('the database is being made', isSoFar)
  first.signal('SIGINT')
  expect(await first.ended).toEqual({ exitCode: 0, signal: null })
  expect(first.output.stderr).toBe('')

  await up()
})
