import { createLogger, createServiceMetrics } from '@auth-stack/service-kit'
import { secretKey, toJwks } from '@auth-stack/signing-keys'
import request from 'supertest'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { readSeries } from '../../../packages/service-kit/test/prometheus-text.js'
import { fetchJwks } from '../../src/data/fetch-jwks.js'
import { createAcceptedKeys } from '../../src/services/accepted-keys.js'
import { createRemoteKeys } from '../../src/services/remote-keys.js'
import { newKey, startJwksServer } from '../jwks-server.js'
import { startApiService, tokenWith } from '../start-api-service.js'

// Only those that we set ourselves; what connections wait for goes on.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const one = newKey()
const two = newKey()

/** api-service as main.ts wires it, with keys from `url`, and a clock in milliseconds. */
function setUp(url: string, { secrets = [] }: { secrets?: ReturnType<typeof secretKey>[] } = {}) {
  const clock = { ms: 0 }
  const lines: Record<string, unknown>[] = []
  const log = createLogger('api-service', 'info', { write: (line) => void lines.push(JSON.parse(line)) })
  const metrics = createServiceMetrics()
  const accepted = createAcceptedKeys({ secrets, expectsPublicKeys: true })
  const fetches: Promise<unknown>[] = []
  const remote = createRemoteKeys({
    fetchKeys: () => {
      const fetched = fetchJwks(url)
      fetches.push(fetched.catch(() => {}))
      return fetched
    },
    onKeys: accepted.usePublicKeys,
    log,
    metrics: metrics.registry,
    nowMs: () => clock.ms,
  })
  onTestFinished(() => {
    remote.close()
    metrics.close()
  })
  const { app } = startApiService({ keys: { ...accepted, lookForNewKeys: remote.lookForNewKeys } })
  const ask = async (token: string) => {
    const { status, headers } = await request(app).get('/api/v1/user/profile').set('Authorization', `Bearer ${token}`)
    return { status, retryAfter: headers['retry-after'] }
  }
  /** Waits for what was asked for to be answered, and taken over. */
  const settled = async () => {
    await Promise.all(fetches)
    await new Promise(setImmediate)
  }
  const metric = async (series: string) => readSeries(series, await metrics.registry.text())
  return { remote, accepted, ask, clock, lines, settled, metric }
}

const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status

it('accepts the tokens of each published key, and of no other', async () => {
  const server = await startJwksServer(one, two)
  const { remote, ask, settled } = setUp(server.url)
  remote.start()
  await settled()
  expect(await statusOf(ask(one.tokenWith()))).toBe(200)
  expect(await statusOf(ask(two.tokenWith({ sub: '2' })))).toBe(200)
  expect(await statusOf(ask(newKey().tokenWith()))).toBe(401)
  expect(await statusOf(ask(tokenWith()))).toBe(401)
})

it('answers 503, not 401, and is not ready, until there is a first set; and asks again until then', async () => {
  const server = await startJwksServer(one)
  server.serve((_req, res) => void res.writeHead(503).end())
  const { remote, ask, settled, metric, lines } = setUp(server.url)
  const begun = vi.fn()
  remote.start().then(begun)
  await settled()
  expect(begun).not.toHaveBeenCalled()
  expect(await ask(one.tokenWith())).toMatchObject({ status: 503, retryAfter: '5' })
  await expect(remote.ready()).rejects.toThrow('the keys were not fetched yet')
  // What no public key could make good needs no keys to be refused.
  expect(await statusOf(ask(tokenWith({}, undefined, 'HS512')))).toBe(401)

  const refused = expect.objectContaining({
    msg: 'the key set cannot be fetched',
    reason: 'it answered 503',
    keptLastSet: false,
  })
  expect(lines).not.toContainEqual(refused)
  for (let tries = 0; tries < 2; tries++) {
    await vi.advanceTimersByTimeAsync(500)
    await settled()
  }
  expect(lines.filter((line) => refused.asymmetricMatch(line))).toHaveLength(1)

  server.serveKeys(one)
  await vi.advanceTimersByTimeAsync(500)
  await settled()
  expect(await statusOf(ask(one.tokenWith()))).toBe(200)
  await remote.ready()
  expect(begun).toHaveBeenCalledOnce()
  expect(await metric('api_jwks_fetches_total{result="failed"}')).toBe(3)
  expect(await metric('api_jwks_fetches_total{result="ok"}')).toBe(1)
})

it('takes what a secret signed meanwhile, when it has one', async () => {
  const { ask } = setUp('http://127.0.0.1:1/', {
    secrets: [secretKey(Buffer.from('a key for tests, of 32 bytes or more'))],
  })
  expect(await statusOf(ask(tokenWith()))).toBe(200)
  expect(await statusOf(ask(one.tokenWith()))).toBe(503)
})

it('finds a key that is new, while the token waits', async () => {
  const server = await startJwksServer(one)
  const { remote, ask, settled } = setUp(server.url)
  remote.start()
  await settled()
  server.serveKeys(one, two)
  expect(await statusOf(ask(two.tokenWith()))).toBe(200)
  expect(server.asked).toBe(2)
})

it('asks at most once in 30 seconds, however many tokens name keys nobody has', async () => {
  const server = await startJwksServer(one)
  const { remote, ask, settled, clock } = setUp(server.url)
  remote.start()
  await settled()
  const storm = async () => {
    const stray = newKey()
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(stray.tokenWith())))
    return new Set(answers.map(({ status }) => status))
  }
  clock.ms = 1_000_000
  expect([...(await storm()), ...(await storm())]).toEqual([401, 401])
  expect(server.asked).toBe(2)
  clock.ms += 29_999
  await storm()
  expect(server.asked).toBe(2)
  clock.ms += 1
  await storm()
  expect(server.asked).toBe(3)
  // Meanwhile nobody with a known key waits for anything.
  expect(await statusOf(ask(one.tokenWith()))).toBe(200)
  expect(server.asked).toBe(3)
})

it('keeps the last set while the endpoint is away, cannot tell about new keys, and says both', async () => {
  const server = await startJwksServer(one)
  const { remote, ask, settled, metric, lines } = setUp(server.url)
  remote.start()
  await settled()
  server.serve((_req, res) => void res.destroy())
  expect(await statusOf(ask(two.tokenWith()))).toBe(503)
  expect(await statusOf(ask(one.tokenWith()))).toBe(200)
  await remote.ready()
  expect(await metric('api_jwks_fetches_total{result="failed"}')).toBe(1)
  expect(lines.at(-1)).toMatchObject({ msg: 'the key set cannot be fetched', keptLastSet: true })

  server.serveKeys(two)
  await vi.advanceTimersByTimeAsync(30_000)
  await settled()
  expect(await statusOf(ask(two.tokenWith()))).toBe(200)
  expect(await statusOf(ask(one.tokenWith()))).toBe(401)
})

it('looks every five minutes, so that a key that was taken away is refused', async () => {
  const server = await startJwksServer(one, two)
  const { remote, ask, settled } = setUp(server.url)
  remote.start()
  await settled()
  expect(await statusOf(ask(one.tokenWith()))).toBe(200)
  server.serveKeys(two)
  await vi.advanceTimersByTimeAsync(299_999)
  expect(server.asked).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  await settled()
  expect(server.asked).toBe(2)
  expect(await statusOf(ask(one.tokenWith()))).toBe(401)
})

it('looks at once when told to, with a set no older than that', async () => {
  const server = await startJwksServer(one)
  const { remote, ask } = setUp(server.url)
  let release = () => {}
  const arrived = new Promise<void>((resolve) => {
    server.serve((_req, res) => {
      release = () => void res.end('{"keys":[]}')
      resolve()
    })
  })
  remote.start()
  await arrived
  const told = remote.refetch()
  server.serveKeys(two)
  release()
  await told
  expect(server.asked).toBe(2)
  expect(await statusOf(ask(two.tokenWith()))).toBe(200)
  expect(server.asked).toBe(2)
})

it('names in the log which keys of a set it does not use, and uses the others', async () => {
  const server = await startJwksServer(one)
  const text = JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'a-secret' }, ...toJwks([one.key]).keys] })
  server.serve((_req, res) => void res.end(text))
  const { remote, ask, settled, lines } = setUp(server.url)
  remote.start()
  await settled()
  expect(await statusOf(ask(one.tokenWith()))).toBe(200)
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'a key of the key set is not used',
      kid: 'a-secret',
      reason: 'it is no public key of a known kind',
    }),
  )
})
