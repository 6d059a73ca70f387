import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts, waitUntil } from '../src/index.js'
import { type Command, createCheckout } from './checkout.js'
import { descendantsOf } from './process-tree.js'

let checkouts: ReturnType<typeof createCheckout>[]
const jwtSecret = 'a-key-of-forty-bytes-that-nobody-guesses'
let commands: Command[]
let urls: string[]

/** Side by side, and only the first is given a key. */
beforeAll(async () => {
  checkouts = [createCheckout(), createCheckout()]
  const ports = await freePorts(2)
  urls = ports.map((port) => `http://localhost:${port}`)
  commands = checkouts.map((checkout, index) =>
    checkout.start({ GATEWAY_PORT: String(ports[index]), ...(index === 0 && { JWT_SECRET: jwtSecret }) }, []),
  )
  await Promise.all(commands.map((command) => command.printed('The stack is up')))
})

afterAll(() => Promise.all(checkouts.map((checkout) => checkout.remove())))

async function logIn(url: string): Promise<string> {
  const response = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'alice', password: 'password123' }),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { token: string }).token
}

const getProfile = (url: string, token: string) =>
  fetch(`${url}/api/v1/user/profile`, { headers: { Authorization: `Bearer ${token}` } })

/** A token of somebody who holds the key and none of our code. */
function signElsewhere(key: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'auth-service', aud: 'api-service', sub: '2', jti: 'elsewhere', iat: now, exp: now + 60 }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

it('says how it gets on, where it is and what to try', () => {
  const { stdout, stderr } = commands[0]?.output ?? { stdout: '', stderr: '' }
  for (const step of ['Starting Postgres', 'Starting the services', 'Starting nginx', 'Up']) {
    expect(stdout).toMatch(new RegExp(`^ +\\d+\\.\\d s {2}${step}$`, 'm'))
  }
  expect(stdout).toContain(`The stack is up: ${urls[0]}        (Ctrl-C stops it)\n`)
  expect(stdout).toContain("This is plain HTTP, on this machine's loopback address only.")
  expect(stdout.match(new RegExp(`^ {2}curl .*${urls[0]}/`, 'gm'))).toHaveLength(3)
  expect(stderr).toBe('')
})

it('logs a demo user in and serves the profile, in two checkouts side by side', async () => {
  for (const url of urls) {
    const response = await getProfile(url, await logIn(url))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ data: { id: '1', username: 'alice' } })
  }
})

it('prints the requests that it serves', async () => {
  await logIn(urls[0] ?? '')
  await commands[0]?.printed('answered POST /login 200')
})

describe('npm run admin', () => {
  it('works on the stack of its checkout: what it finds there is this login, and whom it disables is logged in no more', async () => {
    const [checkout] = checkouts
    const [url = ''] = urls
    if (!checkout) throw new Error('not started')
    const token = await logIn(url)
    const audit = checkout.admin(['audit', '--subject', 'alice', '--event', 'login', '--json'])
    expect(await audit.ended).toEqual({ exitCode: 0, signal: null })
    expect(JSON.parse(audit.output.stdout).at(-1)).toMatchObject({
      outcome: 'ok',
      address: '127.0.0.1',
      instance: expect.stringMatching(/^auth-[12]$/),
    })
    await checkout.admin(['user', 'disable', 'alice']).ended
    await waitUntil('the token is refused', async () => (await getProfile(url, token)).status === 401)
    await checkout.admin(['user', 'enable', 'alice']).ended
    expect((await getProfile(url, await logIn(url))).status).toBe(200)
  })

  it('says what to do where no stack was ever started', async () => {
    const checkout = createCheckout()
    const command = checkout.admin(['user', 'list'])
    expect(await command.ended).toEqual({ exitCode: 1, signal: null })
    expect(command.output.stderr).toMatch(/^There is no stack here: run npm start, or set DATABASE_URL_FILE .*\n$/)
    await checkout.remove()
  })
})

describe('the signing key', () => {
  it('is the JWT_SECRET it was given, for both services: a token signed with it elsewhere is accepted', async () => {
    const response = await getProfile(urls[0] ?? '', signElsewhere(jwtSecret))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ data: { username: 'bob' } })
  })

  it('is a random one else, so the tokens of one checkout are worth nothing in another', async () => {
    const [first = '', second = ''] = urls
    expect((await getProfile(second, await logIn(first))).status).toBe(401)
    expect((await getProfile(first, await logIn(second))).status).toBe(401)
  })

  it('stands in no command line and in no log', () => {
    const [command] = commands
    if (!command) throw new Error('not started')
    const commandLines = descendantsOf(command.pid).map(({ commandLine }) => commandLine)
    expect(commandLines.length).toBeGreaterThan(5)
    expect(commandLines.join('\n')).not.toContain(jwtSecret)
    expect(command.output.stdout + command.output.stderr).not.toContain(jwtSecret)
  })
})
