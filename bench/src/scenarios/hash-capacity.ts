import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { engineNames } from 'auth-service/dist/crypto/engine.js'
import bcrypt from 'bcrypt'
import { measureLoginCapacity, writeLines } from '../closed-loop.js'
import { addUsers, filledPassword, loginBody } from '../fill-database.js'
import { measureHashLimit } from '../hash-limit.js'
import { floodConnections } from '../logins.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, type Series, seriesOf } from '../series.js'
import { type BenchStack, gatewayEdits, startBenchStack } from '../stack.js'

/** What `npm start` and compose set, because the demo users' hashes cost it, with both engines; and what is the default without them. */
const settings = {
  cpp: { engine: 'cpp', cost: 10, throughGateway: true },
  rust: { engine: 'rust', cost: 10, throughGateway: true },
  'cpp-cost-12': { engine: 'cpp', cost: 12, throughGateway: false },
} as const
type SettingName = keyof typeof settings
const settingNames = Object.keys(settings) as SettingName[]
const costs = new Set(settingNames.map((name) => settings[name].cost))

const cheapCost = 4
const usersOfEach = 1000

export const hashCapacity: Scenario = {
  title: 'Hash capacity',
  method:
    'Logins a second on 32 connections that ask again once answered (wrk), straight at one auth-service and through the whole stack, ' +
    'against what the cores compare when they do nothing else (one thread a core). bcrypt at cost 10, or 12 where it says so. Each ' +
    'auth-service has answered logins for some seconds before, of users with cheap hashes: V8 compiles what it has seen often.',
  seconds: { full: 80, quick: 18 },
  run: measure,
}

async function measure(run: Run): Promise<Outcome> {
  // Capacity is asked for, not patience: on a slow machine 32 logins in line take longer than is waited for otherwise. And cheap hashes
  // are left as they are.
  const stack = await startBenchStack({
    authEngines: engineNames,
    env: { HASH_WAIT_MS: '60000', BCRYPT_COST: String(cheapCost) },
  })
  try {
    run.say('warming up')
    await warmUp(stack, run.quick ? 2 : 5)
    const variants: Record<string, () => Promise<number>> = {}
    const bodiesFiles = new Map<number, string>()
    for (const cost of costs) bodiesFiles.set(cost, await addUsersOf(cost, stack))
    for (const name of settingNames) {
      const bodiesFile = bodiesFiles.get(settings[name].cost) ?? ''
      Object.assign(variants, await variantsOf(name, { stack, bodiesFile, seconds: run.quick ? 1 : 2 }))
    }
    const samples = await alternate(run, variants)
    return {
      series: settingNames.flatMap((name) => describe(name, samples)),
      charts: [
        {
          kind: 'bars',
          name: 'hash',
          title: 'Logins a second, against the limit of the cores',
          unit: 'logins/s',
          groups: settingNames.filter((name) => settings[name].throughGateway),
          bars: ['limit', 'auth-service', 'stack'],
        },
      ],
    }
  } finally {
    await stack.stop()
  }
}

/** Hundreds of logins a second at each auth-service, all at once. */
async function warmUp(stack: BenchStack, seconds: number) {
  const bodiesFile = await addUsersOf(cheapCost, stack)
  await Promise.all(
    stack.authServices.map(({ url }) => measureLoginCapacity({ url, bodiesFile, seconds, connections: 4 })),
  )
}

/** New users with hashes of this cost; a file of their logins. */
async function addUsersOf(cost: number, stack: BenchStack): Promise<string> {
  const users = Array.from({ length: usersOfEach }, (_, index) => cost * 1000 + index)
  await addUsers(stack.ownerDatabaseUrl, users, await bcrypt.hash(filledPassword, cost))
  return writeLines(join(stack.folder, `logins-${cost}`), users.map(loginBody))
}

type Setup = { stack: BenchStack; bodiesFile: string; seconds: number }

async function variantsOf(name: SettingName, { stack, bodiesFile, seconds }: Setup) {
  const { engine, cost, throughGateway } = settings[name]
  const auth = stack.authServices[engineNames.indexOf(engine)]
  if (!auth) throw new Error(`there is no auth-service with engine ${engine}`)
  const loginsAt = (url: string) => () =>
    measureLoginCapacity({ url, bodiesFile, seconds, connections: floodConnections })
  const gatewayUrl = throughGateway && (await stack.startEditedGateway(gatewayEdits.authAt(auth.port)))
  return {
    [`${name}-limit`]: async () => (await measureHashLimit({ engine, cost, seconds: seconds / 2 })).perSecond,
    [`${name}-auth-service`]: loginsAt(auth.url),
    ...(gatewayUrl && { [`${name}-stack`]: loginsAt(gatewayUrl) }),
  }
}

function describe(name: SettingName, samples: Record<string, number[]>): Series[] {
  const rate = (what: string, title: string) =>
    seriesOf(samples[`${name}-${what}`] ?? [], name)(what, title, '/s', (perSecond) => perSecond)
  const limit = rate('limit', 'bare comparisons: the limit')
  const alone = rate('auth-service', 'logins, auth-service alone')
  const whole = settings[name].throughGateway ? rate('stack', 'logins, whole stack') : undefined
  const share = { of: name, under: limit }
  return [
    seriesOf(limit.samples, name)('comparison', 'one comparison, all cores busy', 'ms', (perSecond) => {
      return (availableParallelism() / perSecond) * 1000
    }),
    limit,
    alone,
    ...(whole ? [whole] : []),
    ratio({
      ...share,
      key: 'auth-service-share',
      name: 'auth-service alone ÷ limit',
      over: alone,
      goal: { atLeast: 0.93, aim: 0.98 },
    }),
    ...(whole ? [ratio({ ...share, key: 'stack-share', name: 'whole stack ÷ limit', over: whole })] : []),
  ]
}
