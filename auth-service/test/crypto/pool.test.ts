import { Worker } from 'node:worker_threads'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { createServiceMetrics } from '@auth-stack/service-kit'
import { secretKey } from '@auth-stack/signing-keys'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createCryptoMetrics } from '../../src/crypto/crypto-metrics.js'
import { type EngineName, engineNames } from '../../src/crypto/engine.js'
import { createCryptoPool } from '../../src/crypto/pool.js'
import { keysWith } from '../start-auth-service.js'

const caller = { network: '192.0.2.1', signal: new AbortController().signal }
const workers = new Set<Worker>()

function start(engineName: EngineName = 'cpp') {
  workers.clear()
  const post = Worker.prototype.postMessage
  vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, ...message) {
    workers.add(this)
    return post.apply(this, message)
  })
  const metrics = createServiceMetrics()
  const crypto = createCryptoPool({
    engineName,
    keys: keysWith({ secret: secretKey(Buffer.alloc(32, 1)) }),
    policy: { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 },
    hashWorkers: 1,
    maxQueue: 4,
    maxWaitMs: 60_000,
    nowSeconds: () => 1000,
    metrics: createCryptoMetrics(metrics.registry),
  })
  onTestFinished(async () => {
    vi.restoreAllMocks()
    await crypto.close()
    await metrics.close()
  })
  return crypto
}

const killWorkers = () => Promise.all([...workers].map((worker) => worker.terminate()))

it('a login whose worker dies is told that it cannot be said, and the next is served by another worker', async () => {
  const crypto = start()
  const hash = await crypto.hashPassword({ password: 'right', cost: 4 })
  const slow = await crypto.hashPassword({ password: 'right', cost: 12 })
  const lost = crypto.checkPasswordAndSign({ password: 'right', hash: slow, claims: {} }, caller)
  await Promise.all([expect(lost).rejects.toMatchObject({ status: 503 }), killWorkers()])
  expect(await crypto.checkPasswordAndSign({ password: 'right', hash, claims: {} }, caller)).toMatch(/^ey/)
})

it('a validation whose worker dies is told that it cannot be said, and the next is judged by another worker', async () => {
  const crypto = start()
  await crypto.judgeToken('nonsense')
  // It reaches the thread at the end of this turn of the event loop, and that a thread has ended is heard in a later one.
  const lost = crypto.judgeToken('nonsense')
  await Promise.all([
    expect(lost).rejects.toMatchObject({ status: 503, code: 'crypto-unavailable' }),
    Promise.resolve().then(killWorkers),
  ])
  expect(await crypto.judgeToken('nonsense')).toEqual({ ok: false, refusal: 'malformed' })
})

it('a worker that takes the place of one that died has the keys of now, not those of the start', async () => {
  const crypto = start()
  const hash = await crypto.hashPassword({ password: 'right', cost: 4 })
  const claims = { iss: tokenIssuer, aud: tokenAudience, sub: '1', exp: 2000 }
  const issue = () => crypto.checkPasswordAndSign({ password: 'right', hash, claims }, caller)
  const early = await issue()
  crypto.useKeys(keysWith({ secret: secretKey(Buffer.alloc(32, 2)) }))
  await killWorkers()
  const late = await issue()
  expect(await crypto.judgeToken(late ?? '')).toMatchObject({ ok: true })
  expect(await crypto.judgeToken(early ?? '')).toEqual({ ok: false, refusal: 'bad-signature' })
})

it.each(engineNames)(
  'signs for a wrong password too, so that it takes as long as a right one: %s',
  async (engineName) => {
    const crypto = start(engineName)
    const hash = await crypto.hashPassword({ password: 'right', cost: 4 })
    // What cannot be signed shows that it was tried.
    const attempt = (password: string, claims: Record<string, unknown>) =>
      crypto.checkPasswordAndSign({ password, hash, claims }, caller)
    await expect(attempt('wrong', {})).resolves.toBeNull()
    await expect(attempt('wrong', { unsignable: 1n })).rejects.toMatchObject({ status: 503 })
  },
)
