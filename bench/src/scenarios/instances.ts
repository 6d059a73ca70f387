import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import bcrypt from 'bcrypt'
import { makeTemporaryFolder, startDatabase } from 'local-stack'
import { measureCapacity, writeLines } from '../closed-loop.js'
import { cpuSeconds } from '../cpu.js'
import { createFilledDatabase, filledPassword, loginBody } from '../fill-database.js'
import { type LoadGenerator, type LoadReport, startLoadGenerator } from '../load.js'
import { measureLogins } from '../logins.js'
import { poissonIntervals } from '../poisson.js'
import { authServiceProgram } from '../programs.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { idOf, ratio, type Series, seriesOf } from '../series.js'
import { simulateQueues } from '../simulate-queues.js'
import { type Server, startServer } from '../start-server.js'
import { median, quantile } from '../statistics.js'
import { signTokens } from '../tokens.js'

/** Large enough to be most of a login, small enough that many fit into a few seconds. */
const bcryptCost = 8
/** Of what the workers can do at most. */
const utilisation = 0.7
const instanceCounts = [1, 2, 4]
const simulatedCounts = [1, 2, 4, 8, 16, 32]
/** About what bcrypt at cost 10 takes, on two cores an instance. */
const simulated = { serviceMs: 60, workers: 2 }

export const instances: Scenario = {
  title: 'Growth: instances',
  method:
    `auth-services with one hash worker each and bcrypt at cost ${bcryptCost}, asked in turn without a gateway: CPU a login and CPU a ` +
    'validation, which times the number of cores is what more machines give. Then logins arrive at random (Poisson) at ' +
    `${utilisation * 100} % of what the workers can do, and their latency is put beside a simulation of the same arrivals: round robin ` +
    'to one first-come-first-served queue an instance, constant service time. Checked for as many instances as there are cores; beyond, ' +
    'only simulated.',
  seconds: { full: 62, quick: 25 },
  run: measure,
}

type Sample = {
  loginCpuMs: number
  validateCpuMicroseconds: number
  loginsPerSecond: number
  /** Only where there is a core for each worker. */
  open: { measured: number[]; simulated: number[] } | undefined
}

async function measure(run: Run): Promise<Outcome> {
  const { folder, remove } = makeTemporaryFolder()
  const database = await startDatabase(folder)
  const load = startLoadGenerator()
  const servers: Server[] = []
  try {
    const secret = readFileSync(join(folder, 'secrets/auth/jwt_secret'), 'utf8')
    const databaseUrl = await createFilledDatabase({
      ownerUrl: database.ownerUrl,
      roleUrl: database.roleUrl('auth_service'),
      users: 1000,
      passwordHash: await bcrypt.hash(filledPassword, bcryptCost),
    })
    const env = {
      JWT_SECRET: secret,
      REFRESH_TOKEN_SECRET: secret,
      DATABASE_URL: databaseUrl,
      BCRYPT_COST: String(bcryptCost),
      HASH_WORKERS: '1',
    }
    for (let count = 0; count < Math.max(...instanceCounts); count++) {
      servers.push(await startServer({ file: authServiceProgram, env }))
    }
    const tokensFile = writeLines(join(folder, 'tokens'), signTokens(secret, 300))
    const seconds = 1
    const variants = Object.fromEntries(
      instanceCounts.map((count) => {
        const asked = servers.slice(0, count)
        return [String(count), () => measureInstances({ load, servers: asked, tokensFile, seconds })]
      }),
    )
    return describe(await alternate(run, variants))
  } finally {
    load.stop()
    for (const server of servers) await server.stop()
    await database.stop()
    remove()
  }
}

type Setting = { load: LoadGenerator; servers: Server[]; tokensFile: string; seconds: number }

async function measureInstances({ load, servers, tokensFile, seconds }: Setting): Promise<Sample> {
  const urls = servers.map(({ url }) => url)
  const bodies = Array.from({ length: 1000 }, (_, index) => loginBody(index + 1))
  const cpu = () => servers.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)

  const validateBefore = cpu()
  const capacities = await Promise.all(
    urls.map((url) => measureCapacity({ url: `${url}/validate`, tokensFile, seconds: 1, connections: 32 })),
  )
  const validations = capacities.reduce((sum, { requests }) => sum + requests, 0)
  const validateCpuMicroseconds = ((cpu() - validateBefore) / validations) * 1e6

  const loginBefore = cpu()
  const logins = await measureLogins(load, { urls, bodies, connections: urls.length * 8 }, seconds)
  const loginCpuMs = ((cpu() - loginBefore) / logins.answered) * 1000

  const open =
    urls.length <= availableParallelism()
      ? await measureArrivals({ load, urls, bodies, serviceMs: (urls.length * 1000) / logins.loginsPerSecond, seconds })
      : undefined
  return { loginCpuMs, validateCpuMicroseconds, loginsPerSecond: logins.loginsPerSecond, open }
}

type Arrivals = { load: LoadGenerator; urls: string[]; bodies: string[]; serviceMs: number; seconds: number }

/** Latencies of logins that arrive at random, and of the same arrivals in the simulation. */
async function measureArrivals({ load, urls, bodies, serviceMs, seconds }: Arrivals) {
  const alone = await measureLogins(load, { urls: urls.slice(0, 1), bodies, connections: 1 }, 0.3)
  // What a login takes besides its turn at the worker: HTTP, the database. Nobody waits for it.
  const besidesMs = Math.max(0, median(alone.loginMs) - serviceMs)
  const perSecond = (utilisation * urls.length * 1000) / serviceMs
  const arriving = load.start({
    urls: urls.map((url) => `${url}/login`),
    method: 'POST',
    bodies,
    pace: { perSecond, poissonSeed: 1 },
  })
  await sleep(seconds * 1000)
  const report = await arriving.stop()
  const { arrivalsMs, latencyMs } = inOrder(report)
  const simulated = simulateQueues({ arrivalsMs, instances: urls.length, workers: 1, serviceMs })
  return { measured: latencyMs, simulated: simulated.map((ms) => ms + besidesMs) }
}

/** The report is in the order of the answers. */
function inOrder({ atMs, latencyMs }: LoadReport) {
  const order = atMs.map((_, index) => index).sort((a, b) => (atMs[a] ?? 0) - (atMs[b] ?? 0))
  return {
    arrivalsMs: order.map((index) => atMs[index] ?? 0),
    latencyMs: order.map((index) => latencyMs[index] ?? 0),
  }
}

function describe(samples: Record<string, Sample[]>): Outcome {
  const series = instanceCounts.flatMap((count) => describeCount(count, samples[count] ?? []))
  const find = (id: string) => series.find((one) => idOf(one) === id) as Series
  const [one, most] = [nameOf(1), nameOf(Math.max(...instanceCounts))]
  const growthOf = (key: string, name: string) =>
    ratio({
      key: `${key}-growth`,
      name: `${name}, ${most} ÷ ${one}`,
      over: find(`${most}/${key}`),
      under: find(`${one}/${key}`),
    })
  return {
    series: [...series, growthOf('login-cpu', 'CPU a login'), growthOf('validate-cpu', 'CPU a validation')],
    charts: [
      {
        kind: 'lines',
        name: 'instances',
        title: `Simulated: logins of ${simulated.serviceMs} ms, ${simulated.workers} workers an instance`,
        x: 'logins a second offered',
        y: 'p99, ms',
        lines: simulatedCounts.map((count) => ({ name: nameOf(count), points: simulateCurve(count) })),
      },
    ],
  }
}

const nameOf = (count: number) => (count === 1 ? '1-instance' : `${count}-instances`)

function describeCount(count: number, rounds: Sample[]): Series[] {
  const of = nameOf(count)
  const series = seriesOf(rounds, of)
  const capacity = [
    series('login-cpu', 'CPU a login', 'ms', ({ loginCpuMs }) => loginCpuMs),
    series('validate-cpu', 'CPU a validation', 'µs', ({ validateCpuMicroseconds }) => validateCpuMicroseconds),
    series('logins', 'logins', '/s', ({ loginsPerSecond }) => loginsPerSecond),
  ]
  if (rounds.some(({ open }) => !open)) return capacity
  const latency = (label: string, share: number) => {
    const [over, under] = (['measured', 'simulated'] as const).map((kind) =>
      series(`${kind}-${label}`, `login arriving at random, ${label}, ${kind}`, 'ms', ({ open }) =>
        quantile(open?.[kind] ?? [], share),
      ),
    ) as [Series, Series]
    return [over, under, ratio({ key: `model-${label}`, of, name: `${label}, measured ÷ simulated`, over, under })]
  }
  return [...capacity, ...latency('p50', 0.5), ...latency('p95', 0.95)]
}

/** Logins a second against the 99th percentile, for instances beyond the cores of this machine. */
function simulateCurve(count: number): [number, number][] {
  const { serviceMs, workers } = simulated
  const capacity = (count * workers * 1000) / serviceMs
  return [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].map((load) => {
    const next = poissonIntervals(capacity * load, 1)
    let now = 0
    const arrivalsMs = Array.from({ length: 20_000 }, () => {
      now += next()
      return now
    })
    const latencies = simulateQueues({ arrivalsMs, instances: count, workers, serviceMs })
    return [capacity * load, quantile(latencies, 0.99)]
  })
}
