import { makeTemporaryFolder } from 'local-stack'
import { type FloodSample, type FloodTarget, measureFlood } from '../flood.js'
import { floodChart, floodSeries, rawLatencies } from '../flood-report.js'
import { labModes, startLabServer } from '../lab-server.js'
import { startLoadGenerator } from '../load.js'
import { floodConnections, measureLogins } from '../logins.js'
import { program } from '../programs.js'
import { probeEnv, type Queues, readQueues } from '../read-queues.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { idOf, ratio, type Series, seriesOf } from '../series.js'
import { gatewayEdits, profilePath, startBenchStack } from '../stack.js'
import { type Server, startServer } from '../start-server.js'
import { median, quantile } from '../statistics.js'

export const isolationLab: Scenario = {
  title: 'Isolation lab, and the naive monolith',
  method:
    'Logins flood on 32 connections while profile reads (through the gateway) and validations (straight at the server) are asked at a ' +
    'fixed rate, each with another token, and timed from when they were meant to be sent. The modes differ only in where passwords are ' +
    'compared; each has a gateway of its own before the same API and database. The naive monolith (Express, bcryptjs, a string secret, ' +
    'one process) has none and is asked directly. Event loop and libuv pool are measured inside the server that compares; the wait of ' +
    'logins from outside: connections ÷ logins a second, less what a login takes alone.',
  seconds: { full: 197, quick: 57 },
  run: measure,
}

const ours = 'this-stack'
const monolith = 'naive-monolith'
const modes = [...labModes, ours, monolith] as const
type Mode = (typeof modes)[number]

type Sample = FloodSample & { queues: Queues; loginAloneMs: number }

async function measure(run: Run): Promise<Outcome> {
  const sockets = makeTemporaryFolder()
  const probe = probeEnv(program('queue-probe.js'), sockets.folder)
  const stack = await startBenchStack({ env: probe })
  const load = startLoadGenerator()
  const servers: Server[] = []
  try {
    const tokens = stack.signTokens(2000)
    const seconds = run.quick ? { idle: 0.6, flood: 0.8 } : { idle: 0.9, flood: 1.3 }
    run.say('starting')
    const variants: Partial<Record<Mode, () => Promise<Sample>>> = {}
    const add = async (mode: Mode, pid: number, frontUrl: string, validateUrl: string) => {
      const target = { loginUrl: frontUrl, profileUrl: `${frontUrl}${profilePath}`, validateUrl, tokens }
      const alone = await measureLogins(load, { urls: [frontUrl], connections: 1 }, 0.5)
      variants[mode] = async () => ({ ...(await measureMode(target, pid)), loginAloneMs: median(alone.loginMs) })
    }
    async function measureMode(target: FloodTarget, pid: number) {
      const read = () => readQueues(sockets.folder, pid)
      const queues: Queues[] = []
      const sample = await measureFlood(load, target, seconds, {
        beforeFlood: read,
        afterFlood: async () => queues.push(await read()),
      })
      return { ...sample, queues: queues[0] as Queues }
    }

    for (const mode of labModes) {
      const server = await startLabServer(stack, mode, probe)
      servers.push(server)
      const gatewayUrl = await stack.startEditedGateway(gatewayEdits.authAt(server.port))
      await add(mode, server.pid, gatewayUrl, `${server.url}/validate`)
    }
    await add(ours, stack.auth.pid ?? 0, await stack.startEditedGateway([]), `${stack.auth.url}/validate`)
    const naive = await startServer({
      file: program('servers/naive-monolith.js'),
      env: { JWT_SECRET: stack.signingKey, DATABASE_URL: stack.ownerDatabaseUrl, ...probe },
    })
    servers.push(naive)
    await add(monolith, naive.pid, naive.url, `${naive.url}/validate`)
    return describe(await alternate(run, variants as Record<Mode, () => Promise<Sample>>))
  } finally {
    load.stop()
    for (const server of servers) await server.stop()
    await stack.stop()
    sockets.remove()
  }
}

function describe(samples: Record<Mode, Sample[]>): Outcome {
  const series = modes.flatMap((mode) => {
    const ofMode = seriesOf(samples[mode], mode)
    return [
      ofMode('loop-p99', 'event loop delay under flood, p99', 'ms', ({ queues }) => queues.loopP99Ms),
      ofMode('loop-max', 'event loop delay under flood, max', 'ms', ({ queues }) => queues.loopMaxMs),
      ofMode('pool-p99', 'libuv pool no-op under flood, p99', 'ms', ({ queues }) => quantile(queues.poolMs, 0.99)),
      ofMode('login-wait', 'wait of a login under flood, mean', 'ms', ({ loginsPerSecond, loginAloneMs }) =>
        // Little's law: so many are always there, and so many leave a second.
        Math.max(0, (floodConnections / loginsPerSecond) * 1000 - loginAloneMs),
      ),
      ...floodSeries(mode, samples[mode], mode === ours ? { atMost: 4, aim: 2 } : undefined),
    ]
  })
  const find = (id: string) => series.find((one) => idOf(one) === id) as Series
  return {
    series: [
      ...series,
      ratio({
        key: 'logins-over-monolith',
        name: 'logins/s under flood, this stack ÷ naive monolith',
        over: find(`${ours}/logins`),
        under: find(`${monolith}/logins`),
      }),
      ratio({
        key: 'monolith-over-profile',
        name: 'p99 of profile reads under flood, naive monolith ÷ this stack',
        over: find(`${monolith}/profile-flood-p99`),
        under: find(`${ours}/profile-flood-p99`),
      }),
    ],
    charts: [
      floodChart('lab', 'profile', modes),
      floodChart('lab', 'validate', modes),
      {
        kind: 'bars',
        name: 'lab-queues',
        title: 'Where a login flood makes others wait',
        unit: 'ms',
        logarithmic: true,
        groups: modes,
        bars: ['loop-p99', 'pool-p99', 'login-wait'],
      },
    ],
    raw: Object.assign({}, ...modes.map((mode) => rawLatencies(mode, samples[mode]))),
  }
}
