import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts, limitsOutOfReach, makeTemporaryFolder, type Stack, startStack, waitUntil } from 'local-stack'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { goodClaims, signToken } from '../client/sign-token.js'
import { percentile, type Sample, startSteadyLoad } from './steady-load.js'

const { folder: stateFolder, remove } = makeTemporaryFolder()

/** The access log: which instance answered what. */
type AccessLogLine = { path: string; upstream: string; validatedBy: string; status: number }

let stack: Stack
let tokens: string[]
let accessLog: AccessLogLine[] = []
let load: ReturnType<typeof startSteadyLoad>
const outcomes: Record<string, unknown>[] = []

beforeAll(async () => {
  const [gatewayPort = 0] = await freePorts(1)
  stack = await startStack({
    stateFolder,
    gatewayPort,
    authEngines: ['cpp', 'rust'],
    apiInstances: 2,
    gatewaySettings: limitsOutOfReach,
    onLine: (source, line) => {
      if (source === 'nginx' && line.startsWith('{')) accessLog.push(JSON.parse(line) as AccessLogLine)
    },
  })
  const signingKey = readFileSync(join(stateFolder, 'secrets/auth/jwt_secret'), 'utf8')
  tokens = Array.from({ length: 300 }, (_, index) =>
    signToken(goodClaims({ jti: `token-${index}`, sid: randomUUID() }), signingKey),
  )
})

afterAll(async () => {
  console.table(outcomes)
  await stack?.stop()
  remove()
})

beforeEach(async () => {
  accessLog = []
  load = startSteadyLoad({ baseUrl: stack.url, tokens, protectedPerSecond: 150, loginsPerSecond: 5 })
  await load.answered('login', 5)
})

afterEach(async () => {
  await load.stop()
})

/** Whether this instance answers again, as the access log sees it; nothing older than the call counts. */
async function backInRotation({ url }: { url: string }) {
  const address = new URL(url).host
  const from = accessLog.length
  const startedAt = performance.now()
  await waitUntil(
    `${address} answers again`,
    async () =>
      accessLog.slice(from).some((line) => line.upstream.endsWith(address) || line.validatedBy.endsWith(address)),
    { timeoutMs: 15_000 },
  )
  return performance.now() - startedAt
}

/** Ends the load, notes what came of it, and returns what failed of each kind. */
async function outcome(scenario: string, secondsToRecover: number) {
  const samples = await load.stop()
  const of = (kind: Sample['kind']) => samples.filter((sample) => sample.kind === kind)
  const failed = (kind: Sample['kind']) => of(kind).filter(({ status }) => status !== 200)
  outcomes.push({
    scenario,
    protected: of('protected').length,
    failed: failed('protected').length,
    'p99 ms': Math.round(percentile(of('protected'), 99)),
    logins: of('login').length,
    'failed logins': failed('login').length,
    'recovered s': Number(secondsToRecover.toFixed(1)),
  })
  return { protectedFailed: failed('protected'), loginsFailed: failed('login'), p99: percentile(of('protected'), 99) }
}

const instance = (stack: Stack, kind: 'auth' | 'api', index: number) => {
  const service = (kind === 'auth' ? stack.authServices : stack.apiServices)[index]
  if (!service) throw new Error(`there is no ${kind} ${index}`)
  return service
}

it.each([
  ['auth', 0],
  ['auth', 1],
  ['api', 0],
] as const)('is not missed when it is killed: %s %i', async (kind, index) => {
  const victim = instance(stack, kind, index)
  const killedAt = performance.now()
  victim.kill('SIGKILL')
  await victim.ended
  await load.answered('protected', 600)
  await victim.start()
  const recovered = await backInRotation(victim)
  await load.answered('protected', 100)

  const { protectedFailed, loginsFailed, p99 } = await outcome(`kill -9 ${victim.name}, start it`, recovered / 1000)
  expect(protectedFailed).toEqual([])
  // A login that the dead one was working on is lost; sending it again could do it twice.
  for (const { startedAt, ms } of loginsFailed) {
    expect(startedAt).toBeLessThanOrEqual(killedAt)
    expect(startedAt + ms).toBeGreaterThanOrEqual(killedAt)
  }
  expect(p99).toBeLessThan(1000)
})

it('is not missed when an auth-service is frozen', async () => {
  const victim = instance(stack, 'auth', 0)
  victim.kill('SIGSTOP')
  await load.answered('protected', 750)
  victim.kill('SIGCONT')
  const recovered = await backInRotation(victim)
  await load.answered('protected', 100)

  const { protectedFailed, loginsFailed, p99 } = await outcome(
    `SIGSTOP ${victim.name} for 5 s, SIGCONT`,
    recovered / 1000,
  )
  expect(protectedFailed).toEqual([])
  // Those it was given while it was frozen are answered when it goes on.
  expect(loginsFailed).toEqual([])
  expect(p99).toBeLessThan(1000)
})

it('is not missed when everything but nginx and Postgres is restarted, one after the other', async () => {
  let slowest = 0
  for (const service of [...stack.authServices, ...stack.apiServices]) {
    await service.restart()
    slowest = Math.max(slowest, await backInRotation(service))
  }
  const { protectedFailed, loginsFailed, p99 } = await outcome('SIGTERM and start each, in turn', slowest / 1000)
  expect(protectedFailed).toEqual([])
  expect(loginsFailed).toEqual([])
  expect(p99).toBeLessThan(1000)
})
