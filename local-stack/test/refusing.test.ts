import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePorts } from '../src/index.js'
import { createCheckout } from './checkout.js'
import { watchDescendants } from './process-tree.js'

let checkout: ReturnType<typeof createCheckout>
let port: number

beforeEach(async () => {
  checkout = createCheckout()
  port = (await freePorts(1))[0] ?? 0
})
afterEach(() => checkout.remove())

/** Starts it, and returns what it said on standard error. */
async function refusal(env: NodeJS.ProcessEnv, args?: string[]): Promise<string> {
  const command = checkout.start(env, args)
  expect(await command.ended).toEqual({ exitCode: 1, signal: null })
  return command.output.stderr
}

it.each([
  [{ GATEWAY_PORT: 'abc' }, ['--api', '1'], 'GATEWAY_PORT must be a port number from 1 to 65535\n'],
  [
    { GATEWAY_TLS_CERTIFICATE: 'cert.pem' },
    [],
    'GATEWAY_TLS_CERTIFICATE and GATEWAY_TLS_KEY go together; one of them is not set\n',
  ],
  [{ GATEWAY_PORT: '0x2000' }, [], 'GATEWAY_PORT must be a port number from 1 to 65535\n'],
  [{}, ['--auth', 'go:1'], '--auth: "go" is no engine; there are cpp and rust\n'],
  [{}, ['--port', '80'], "Unknown option '--port'; see npm start -- --help\n"],
])('refuses %j %j with one line', async (env, args, line) => {
  expect(await refusal(env, args)).toBe(line)
})

it('refuses one port for both, plain HTTP and TLS', async () => {
  const tls = { GATEWAY_TLS_CERTIFICATE: 'cert.pem', GATEWAY_TLS_KEY: 'key.pem', GATEWAY_TLS_PORT: String(port) }
  expect(await refusal({ GATEWAY_PORT: String(port), ...tls })).toBe('GATEWAY_TLS_PORT and GATEWAY_PORT are the same\n')
})

it('explains itself when asked', async () => {
  const command = checkout.start({}, ['--help'])
  expect(await command.ended).toEqual({ exitCode: 0, signal: null })
  expect(command.output.stdout).toMatch(/^usage: npm start /)
  expect(command.output.stdout).toContain('GATEWAY_PORT')
})

it.each(['127.0.0.1', '::1'])('refuses a port that somebody else listens on at %s', async (host) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  expect(await refusal({ GATEWAY_PORT: String(port) })).toBe(
    `Port ${port} is in use; set GATEWAY_PORT to another one\n`,
  )
  server.close()
})

describe('a second start in one checkout', () => {
  it('is refused and does the first no harm, whatever port it asks for', async () => {
    const first = checkout.start({ GATEWAY_PORT: String(port) })
    await first.printed('Starting Postgres')
    const line = `The stack of this checkout is running (pid ${first.pid}); stop it first\n`
    expect(await refusal({ GATEWAY_PORT: String(port) })).toBe(line)
    expect(await refusal({})).toBe(line)
    await first.printed('The stack is up')
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200)
  })
})

describe('with services that cannot start', () => {
  it('says which and why, each of them, and leaves nothing behind', async () => {
    const command = checkout.start({ GATEWAY_PORT: String(port), LOG_LEVEL: 'loud', BCRYPT_COST: '99' })
    await command.printed('Starting the services')
    const started = watchDescendants(command.pid)
    expect(await command.ended).toEqual({ exitCode: 1, signal: null })
    const crashed = 'exited with code 1 before it was ready; it said:'
    const mistakes = 'auth-service: LOG_LEVEL: must be a pino level | auth-service: BCRYPT_COST: must be at most 31'
    expect(command.output.stderr.split('\n')).toEqual([
      `auth-1 (cpp) ${crashed} ${mistakes}`,
      `api-1 ${crashed} api-service: LOG_LEVEL: must be a pino level`,
      '',
    ])
    await started.gone()
  })
})

it('says what is wrong with secrets that cannot be made, and keeps nothing of them', async () => {
  const tooShort = await refusal({ GATEWAY_PORT: String(port), JWT_SECRET: 'hunter2' })
  expect(tooShort).toBe('The secrets cannot be made: generate-secrets: JWT_SECRET must be at least 32 bytes\n')
  expect(await refusal({ GATEWAY_PORT: String(port), JWT_SECRET: 'your-256-bit-secret-'.repeat(2) })).toMatch(
    /^The secrets cannot be made: generate-secrets: JWT_SECRET is a sample, or too regular; /,
  )
  expect(await refusal({ GATEWAY_PORT: String(port), JWT_SECRET: 'x'.repeat(32) })).toMatch(/ too regular; /)
  expect(await refusal({ GATEWAY_PORT: String(port), JWT_SECRET: 'x'.repeat(32), JWT_SECRET_FILE: '/x' })).toBe(
    'The secrets cannot be made: generate-secrets: JWT_SECRET and JWT_SECRET_FILE are both set; set one\n',
  )
})

it('says what is wrong with the configuration of nginx', async () => {
  expect(await refusal({ GATEWAY_PORT: String(port), GATEWAY_HSTS: 'a quote"' })).toMatch(
    /^nginx does not accept its configuration: .*\[emerg\].*\n$/,
  )
})

describe('when nobody reads its output any more', () => {
  it('stops, as there is nobody left to run for', async () => {
    const command = checkout.start({ GATEWAY_PORT: String(port) })
    await command.printed('The stack is up')
    const started = watchDescendants(command.pid)
    command.closeOutput()
    // Each request is a line in its log.
    await fetch(`http://localhost:${port}/nothing`)
    expect((await command.ended).exitCode).toBe(1)
    await started.gone()
  })
})
