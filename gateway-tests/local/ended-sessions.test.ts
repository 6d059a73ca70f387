import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  editConfiguration,
  freePorts,
  limitsOutOfReach,
  makeTemporaryFolder,
  type Stack,
  startStack,
  upstreamAt,
  waitUntil,
} from 'local-stack'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { endSession, insertSessions } from '../../packages/ended-sessions/test/session-rows.js'
import { readSeries } from '../../packages/service-kit/test/prometheus-text.js'
import { profilePath } from '../checks/gateway.js'
import { unrememberedBearer } from '../client/credentials.js'
import { bearer, send, valuesOf } from '../client/send.js'
import { goodClaims, signToken } from '../client/sign-token.js'
import { type StandIn, startStandIn } from '../stack/stand-in.js'

const boundMs = 2000
const logouts = 200
const atOnce = 20
const stalenessSeconds = 5
describe.runIf(inject('isLocal'))('the tokens of a session that has ended', () => {
  const { folder: stateFolder, remove } = makeTemporaryFolder()

  let stack: Stack
  let owner: pg.Pool
  let api: StandIn
  let gateway: { url: string; stop: () => Promise<void> }
  let signingKey: string
  const agent = new Agent({ keepAlive: true })

  beforeAll(async () => {
    const [gatewayPort = 0, secondPort = 0] = await freePorts(2)
    ;[stack, api] = await Promise.all([
      startStack({
        stateFolder,
        gatewayPort,
        authEngines: ['cpp', 'rust', 'cpp', 'rust'],
        apiInstances: 1,
        gatewaySettings: limitsOutOfReach,
        env: { SESSION_STALENESS_SECONDS: String(stalenessSeconds) },
      }),
      startStandIn(),
    ])
    // Behind this one the API lets everybody in, so that only the gate refuses.
    gateway = await stack.startSecondGateway({
      folder: join(stateFolder, 'gate'),
      port: secondPort,
      alter: (configFolder) => editConfiguration(configFolder, [upstreamAt('api', api.port)]),
    })
    signingKey = readFileSync(join(stateFolder, 'secrets/auth/jwt_secret'), 'utf8')
    owner = new pg.Pool({ connectionString: stack.postgres.ownerUrl, max: 4 })
  })

  afterAll(async () => {
    agent.destroy()
    await owner?.end()
    await gateway?.stop()
    await Promise.all([stack?.stop(), api?.stop()])
    remove()
  })

  const statusOf = async (url: string, path: string, token: string) =>
    (await send(url, path, { agent, headers: [bearer(token)] })).status

  test('row 18: are refused within 2 seconds of the logout, at the gate and at every instance', async () => {
    const doors = {
      gate: { url: gateway.url, path: profilePath, everyMs: 20 },
      ...Object.fromEntries(
        stack.authServices.map(({ name, url }) => [name, { url, path: '/validate', everyMs: 100 }] as const),
      ),
      api: { url: stack.apiServices[0]?.url ?? '', path: profilePath, everyMs: 100 },
    }
    const delays: Record<string, number[]> = Object.fromEntries(Object.keys(doors).map((door) => [door, []]))
    const sids = await insertSessions(owner, logouts)

    async function logOut(sid: string) {
      const token = signToken(goodClaims({ sid, jti: sid }), signingKey)
      // Everybody has met the token, so that whatever can be remembered of it is.
      for (const { url, path } of Object.values(doors)) expect(await statusOf(url, path, token)).toBe(200)
      const answer = await send(gateway.url, '/logout', { method: 'POST', agent, headers: [bearer(token)] })
      expect(answer.status).toBe(204)
      const endedAt = performance.now()
      await Promise.all(
        Object.entries(doors).map(async ([door, { url, path, everyMs }]) => {
          let refusedAfter: number | undefined
          // It is asked until the bound and beyond: what counts is the refusal that no acceptance follows.
          while (performance.now() - endedAt < boundMs + 100) {
            const status = await statusOf(url, path, token)
            if (status === 200) refusedAfter = undefined
            else {
              expect(status).toBe(401)
              refusedAfter ??= performance.now() - endedAt
            }
            await sleep(everyMs)
          }
          delays[door]?.push(refusedAfter ?? Number.POSITIVE_INFINITY)
        }),
      )
    }

    const waiting = [...sids]
    await Promise.all(
      Array.from({ length: atOnce }, async (_, index) => {
        // Spread over the second in which nginx counts.
        await sleep((index * 1000) / atOnce)
        for (let sid = waiting.shift(); sid !== undefined; sid = waiting.shift()) await logOut(sid)
      }),
    )

    console.table(
      Object.entries(delays).map(([door, ms]) => ({
        [`of ${logouts} logouts`]: door,
        'p50 ms': percentile(ms, 50),
        'p99 ms': percentile(ms, 99),
        'max ms': percentile(ms, 100),
      })),
    )
    for (const [door, ms] of Object.entries(delays)) {
      expect(ms, door).toHaveLength(logouts)
      expect(Math.max(...ms), door).toBeLessThanOrEqual(boundMs)
    }
    for (const { name, url } of [...stack.authServices, ...stack.apiServices]) {
      const metrics = (await send(url, '/metrics')).body
      const delay = (series: string) => readSeries(`ended_sessions_delay_seconds${series}`, metrics)
      expect(delay('_count'), name).toBeGreaterThanOrEqual(logouts)
      expect(delay('_bucket{le="2"}'), name).toBe(delay('_count'))
      console.log(
        `${name} knew after ${((delay('_sum') / delay('_count')) * 1000).toFixed(1)} ms on average, by its own metric`,
      )
    }
  }, 60_000)

  test('are told from others for a while when no instance can hear of ended sessions; then all are 503, until one hears again', async () => {
    const sids = await insertSessions(owner, 2)
    const [open = '', ended = ''] = sids.map((sid) => signToken(goodClaims({ sid }), signingKey))
    const ofNoSession = signToken(goodClaims(), signingKey)
    await endSession(owner, sids[1])
    const atGate = (token: string) => send(gateway.url, profilePath, { headers: [unrememberedBearer(token)] })
    const statuses = () => Promise.all([open, ended, ofNoSession].map(async (token) => (await atGate(token)).status))
    const atApi = (token: string) => statusOf(stack.apiServices[0]?.url ?? '', profilePath, token)
    const readiness = async () =>
      Promise.all(
        [...stack.authServices, ...stack.apiServices].map(async ({ url }) => (await send(url, '/readyz')).status),
      )
    const setLogin = async (may: 'login' | 'nologin') => {
      for (const role of ['auth_service', 'api_service']) await owner.query(`alter role ${role} ${may}`)
    }

    await waitUntil('its end is known', async () => (await statuses()).join() === '200,401,200')
    await setLogin('nologin')
    const cutAt = performance.now()
    try {
      await owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename in ('auth_service', 'api_service')`,
      )
      expect(await statuses()).toEqual([200, 401, 200])
      await waitUntil('the gate cannot tell any more', async () => (await atGate(open)).status === 503, {
        timeoutMs: 2 * stalenessSeconds * 1000,
      })
      // From the last heartbeat on, which may have been a second before.
      expect(performance.now() - cutAt).toBeGreaterThan((stalenessSeconds - 1.5) * 1000)
      await waitUntil('no instance can tell', async () => {
        const asked = stack.authServices.map(({ url }) => statusOf(url, '/validate', open))
        return (await Promise.all([...asked, atApi(open)])).join() === '403,403,403,403,503'
      })
      expect(await statuses()).toEqual([503, 401, 200])
      expect(valuesOf(await atGate(open), 'Retry-After')).toEqual(['1'])
      expect([await atApi(open), await atApi(ended)]).toEqual([503, 401])
    } finally {
      await setLogin('login')
    }
    await waitUntil('every instance is ready', async () => (await readiness()).every((status) => status === 200))
    expect(await statuses()).toEqual([200, 401, 200])
    expect(await atApi(open)).toBe(200)
  })
})

function percentile(values: number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN)
}
