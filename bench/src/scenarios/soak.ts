import { setTimeout as sleep } from 'node:timers/promises'
import { residentMegabytes } from '../cpu.js'
import { startLoadGenerator } from '../load.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { seriesOf } from '../series.js'
import { loginBodies, profilePath, startBenchStack } from '../stack.js'
import { median } from '../statistics.js'

const loginsPerSecond = 15
const readsPerSecond = 200
const hashWorkers = 2
const names = ['auth-service', 'api-service'] as const
type Name = (typeof names)[number]

export const soak: Scenario = {
  title: 'Soak',
  method:
    `Resident memory while ${loginsPerSecond} logins and ${readsPerSecond} profile reads a second go through the gateway for five ` +
    `minutes, auth-service with ${hashWorkers} hash workers. Growth is the last minute's median over that of the third: at first V8 gives ` +
    'back once what the start took, and takes again what the load needs.',
  seconds: { full: 303, quick: 9 },
  run: measure,
}

async function measure({ quick, say }: Run): Promise<Outcome> {
  const stack = await startBenchStack({ env: { HASH_WORKERS: String(hashWorkers) } })
  const load = startLoadGenerator()
  const steps = 60
  const stepSeconds = quick ? 0.1 : 5
  const pids = { 'auth-service': stack.auth.pid ?? 0, 'api-service': stack.api.pid ?? 0 }
  const samples: Record<Name, number[]> = { 'auth-service': [], 'api-service': [] }
  try {
    const loads = [
      load.start({
        urls: [`${stack.url}/login`],
        method: 'POST',
        bodies: loginBodies,
        pace: { perSecond: loginsPerSecond },
      }),
      load.start({
        urls: [`${stack.url}${profilePath}`],
        method: 'GET',
        tokens: stack.signTokens(2000),
        pace: { perSecond: readsPerSecond },
      }),
    ]
    for (let step = 0; step < steps; step++) {
      await sleep(stepSeconds * 1000)
      for (const name of names) samples[name].push(residentMegabytes(pids[name]))
      if (step % 10 === 9) say(`auth-service ${samples['auth-service'].at(-1)?.toFixed(0)} MB`)
    }
    const reports = await Promise.all(loads.map((started) => started.stop()))
    const statuses = reports.flatMap(({ status }) => status)
    const failedPercent = (statuses.filter((status) => status !== 200).length / statuses.length) * 100
    return describe(samples, stepSeconds, failedPercent)
  } finally {
    load.stop()
    await stack.stop()
  }
}

function describe(samples: Record<Name, number[]>, stepSeconds: number, failedPercent: number): Outcome {
  const fifth = (name: Name, index: number) => {
    const length = samples[name].length / 5
    return samples[name].slice(index * length, (index + 1) * length)
  }
  const series = names.flatMap((name) => {
    const isAuth = name === 'auth-service'
    const growth = median(fifth(name, 4)) / median(fifth(name, 2))
    return [
      seriesOf(fifth(name, 4), name)(
        'memory',
        'resident memory in the last fifth',
        'MB',
        (megabytes) => megabytes,
        isAuth ? { atMost: 200 } : undefined,
      ),
      seriesOf([growth], name)(
        'growth',
        'last fifth ÷ third fifth',
        '',
        (quotient) => quotient,
        isAuth ? { atMost: 1.1 } : undefined,
      ),
    ]
  })
  series.push(seriesOf([failedPercent])('failed', 'not answered 200', '%', (percent) => percent, { atMost: 0 }))
  return {
    series,
    charts: [
      {
        kind: 'lines',
        name: 'soak',
        title: 'Resident memory under steady load',
        x: 'minutes',
        y: 'MB',
        lines: Object.entries(samples).map(([name, values]) => ({
          name,
          points: values.map((value, index) => [((index + 1) * stepSeconds) / 60, value]),
        })),
      },
    ],
    raw: samples,
  }
}
