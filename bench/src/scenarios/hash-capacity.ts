import { availableParallelism } from 'node:os'
import { type EngineName, engineNames } from 'auth-service/dist/crypto/engine.js'
import { measureHashLimit } from '../hash-limit.js'
import { type LoadGenerator, startLoadGenerator } from '../load.js'
import { measureLogins } from '../logins.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, type Series, seriesOf } from '../series.js'
import { type BenchStack, gatewayEdits, startBenchStack } from '../stack.js'

export const hashCapacity: Scenario = {
  title: 'Hash capacity',
  method:
    'Logins a second on 32 connections that ask again once answered, straight at one auth-service and through the whole stack, ' +
    'against what the cores compare when they do nothing else (one thread a core). bcrypt at cost 10.',
  seconds: { full: 68, quick: 20 },
  run: measure,
}

async function measure(run: Run): Promise<Outcome> {
  // Capacity is asked for, not patience: on a slow machine 32 logins in line take longer than is waited for otherwise.
  const stack = await startBenchStack({ authEngines: engineNames, env: { HASH_WAIT_MS: '30000' } })
  const load = startLoadGenerator()
  try {
    const seconds = run.quick ? 1 : 2
    const variants: Record<string, () => Promise<number>> = {}
    for (const [index, engine] of engineNames.entries()) {
      Object.assign(variants, await variantsOf(engine, { stack, load, index, seconds }))
    }
    const samples = await alternate(run, variants)
    const series = engineNames.flatMap((engine) => describe(engine, samples))
    return {
      series,
      charts: [
        {
          kind: 'bars',
          name: 'hash',
          title: 'Logins a second, against the limit of the cores',
          unit: 'logins/s',
          groups: engineNames,
          bars: ['limit', 'auth-service', 'stack'],
        },
      ],
    }
  } finally {
    load.stop()
    await stack.stop()
  }
}

type Setting = { stack: BenchStack; load: LoadGenerator; index: number; seconds: number }

async function variantsOf(engine: EngineName, { stack, load, index, seconds }: Setting) {
  const auth = stack.authServices[index]
  if (!auth) throw new Error(`there is no auth-service with engine ${engine}`)
  const gatewayUrl = await stack.startEditedGateway(gatewayEdits.authAt(auth.port))
  const loginsAt = (url: string) => async () => (await measureLogins(load, { urls: [url] }, seconds)).loginsPerSecond
  return {
    [`${engine}-limit`]: async () => (await measureHashLimit(engine, seconds / 2, availableParallelism())).perSecond,
    [`${engine}-auth-service`]: loginsAt(auth.url),
    [`${engine}-stack`]: loginsAt(gatewayUrl),
  }
}

function describe(engine: EngineName, samples: Record<string, number[]>): Series[] {
  const rate = (what: string, name: string) =>
    seriesOf(samples[`${engine}-${what}`] ?? [], engine)(what, name, '/s', (perSecond) => perSecond)
  const limit = rate('limit', 'bare comparisons: the limit')
  const alone = rate('auth-service', 'logins, auth-service alone')
  const whole = rate('stack', 'logins, whole stack')
  const share = { of: engine, under: limit }
  return [
    seriesOf(limit.samples, engine)('comparison', 'one comparison, all cores busy', 'ms', (perSecond) => {
      return (availableParallelism() / perSecond) * 1000
    }),
    limit,
    alone,
    whole,
    ratio({
      ...share,
      key: 'auth-service-share',
      name: 'auth-service alone ÷ limit',
      over: alone,
      goal: { atLeast: 0.93, aim: 0.98 },
    }),
    ratio({ ...share, key: 'stack-share', name: 'whole stack ÷ limit', over: whole }),
  ]
}
