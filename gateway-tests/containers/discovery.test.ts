import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { waitUntil } from 'local-stack'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { goodClaims, signToken } from '../client/sign-token.js'
import { percentile, startSteadyLoad } from '../failure/steady-load.js'

// Against the compose project that COMPOSE_PROJECT_NAME names, already up, with its gateway at GATEWAY_PORT.
const { COMPOSE_PROJECT_NAME: project, GATEWAY_PORT: port } = process.env
const baseUrl = `http://localhost:${port}`
const withinMs = 5000

const run = async (command: string, ...args: string[]) => (await promisify(execFile)(command, args)).stdout.trim()
const compose = (...args: string[]) => run('docker', 'compose', '--profile', 'rust', ...args)

/** When each address was last seen to answer, by the access log. */
const lastAnswer = new Map<string, number>()
const logs = spawn('docker', ['compose', 'logs', '-f', '--no-log-prefix', '--tail', '0', 'nginx'])
createInterface({ input: logs.stdout }).on('line', (line) => {
  const json = line.slice(line.indexOf('{'))
  if (!json.startsWith('{')) return
  const { upstream, validatedBy } = JSON.parse(json) as { upstream: string; validatedBy: string }
  for (const address of `${upstream}, ${validatedBy}`.split(', ')) lastAnswer.set(address, performance.now())
})

let load: ReturnType<typeof startSteadyLoad>
let gatewayId: string
const outcomes: Record<string, unknown>[] = []

beforeAll(async () => {
  gatewayId = await run(
    'docker',
    'inspect',
    '--format',
    '{{.Id}} {{.State.StartedAt}}',
    await compose('ps', '-q', 'nginx'),
  )
})

beforeEach(async () => {
  const signingKey = await compose('exec', '-T', 'auth-service', 'cat', '/run/secrets/jwt_secret')
  const tokens = Array.from({ length: 300 }, (_, index) => signToken(goodClaims({ jti: `token-${index}` }), signingKey))
  load = startSteadyLoad({ baseUrl, tokens, protectedPerSecond: 60, loginsPerSecond: 5 })
  await load.answered('login', 5)
})

afterEach(() => load.stop())

afterAll(async () => {
  console.table(outcomes)
  logs.kill()
})

/** `address:port` of each running instance of a service, on the network it shares with the gateway. */
async function addressesOf(service: string): Promise<string[]> {
  const ids = (await compose('ps', '-q', '--status', 'running', service)).split('\n').filter(Boolean)
  const port = { 'auth-service': 8080, 'auth-service-rust': 8081, 'api-service': 3000 }[service]
  const format = '{{range $name, $net := .NetworkSettings.Networks}}{{$name}}={{$net.IPAddress}} {{end}}'
  const networks = await Promise.all(ids.map((id) => run('docker', 'inspect', '--format', format, id)))
  return networks.map((text) => `${/_gateway-\w+=([\d.]+)/.exec(text)?.[1]}:${port}`)
}

/** Seconds until each of these has answered something; fails when that takes longer than five. */
async function secondsIntoRotation(addresses: string[]): Promise<number> {
  const from = performance.now()
  await waitUntil(
    `${addresses} answer`,
    async () => addresses.every((address) => (lastAnswer.get(address) ?? 0) > from),
    {
      timeoutMs: withinMs,
    },
  )
  return (performance.now() - from) / 1000
}

async function expectNothingFailed(scenario: string, seconds: number) {
  const samples = await load.stop()
  const failed = samples.filter(({ status }) => status !== 200)
  outcomes.push({
    scenario,
    requests: samples.length,
    failed: failed.length,
    'p99 ms': Math.round(percentile(samples, 99)),
    'in rotation s': Number(seconds.toFixed(1)),
  })
  expect(failed).toEqual([])
  expect(
    await run('docker', 'inspect', '--format', '{{.Id}} {{.State.StartedAt}}', gatewayId.split(' ')[0] ?? ''),
  ).toBe(gatewayId)
}

it('finds the second engine once its profile is up, without a change or restart of nginx', async () => {
  await compose('up', '-d', '--wait', 'auth-service-rust')
  const seconds = await secondsIntoRotation(await addressesOf('auth-service-rust'))
  await expectNothingFailed('--profile rust', seconds)
})

it('finds the instances that --scale adds, and loses no request when they are taken away', async () => {
  await compose('up', '-d', '--wait', '--no-recreate', '--scale', 'auth-service=3', '--scale', 'api-service=2')
  const addresses = [...(await addressesOf('auth-service')), ...(await addressesOf('api-service'))]
  expect(addresses).toHaveLength(5)
  const seconds = await secondsIntoRotation(addresses)
  await load.answered('protected', 100)
  await compose('up', '-d', '--no-recreate', '--scale', 'auth-service=1', '--scale', 'api-service=1')
  await load.answered('protected', 100)
  await expectNothingFailed('--scale auth-service=3 api-service=2, and back', seconds)
})

/** Starts containers on the network of nginx and auth-service until one of them has this address, and returns all of them. */
async function occupy(address: string): Promise<string[]> {
  const started: string[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    const id = await run(
      'docker',
      'run',
      '-d',
      '--rm',
      '--network',
      `${project}_gateway-auth`,
      'postgres:18',
      'sleep',
      '60',
    )
    started.push(id)
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
    if (address.startsWith(`${await run('docker', 'inspect', '--format', format, id)}:`)) break
  }
  return started
}

it('finds a container that was recreated, at another address', async () => {
  const [before] = await addressesOf('auth-service')
  await compose('rm', '-s', '-f', 'auth-service')
  // Others take the old address, so that the new container gets another.
  const squatters = await occupy(before ?? '')
  try {
    await compose('up', '-d', '--wait', '--no-deps', 'auth-service')
    const [after] = await addressesOf('auth-service')
    expect(after).not.toBe(before)
    const seconds = await secondsIntoRotation([after ?? ''])
    await expectNothingFailed('recreated at another address', seconds)
  } finally {
    await run('docker', 'rm', '-f', ...squatters)
  }
})
