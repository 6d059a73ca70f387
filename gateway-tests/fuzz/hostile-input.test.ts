import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendLogin, tokenOf } from '../client/log-in.js'
import { bearer, type Header, send } from '../client/send.js'
import { openConnection, readAll } from '../client/send-bytes.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

// Seconds for each property; `npm run fuzz` sets more.
const seconds = Number(process.env.FUZZ_SECONDS ?? 3)
// A request that takes longer has hung.
const patienceMs = 8000

let stack: OwnStack

beforeAll(async () => {
  stack = await startOwnStack()
  // What is measured afterwards is not the memory of starting.
  for (let round = 0; round < 3; round++) await sendLogin(stack.url)
})
afterAll(() => stack?.stop())

/** Tries as many inputs as there is time for. A failure prints the smallest input that fails, and the seed that finds it again. */
async function holdsFor<Input>(input: fc.Arbitrary<Input>, check: (input: Input) => Promise<void>) {
  let tried = 0
  await fc.assert(
    fc.asyncProperty(input, async (value) => {
      tried++
      await check(value)
    }),
    { numRuns: Number.POSITIVE_INFINITY, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false },
  )
  expect(tried).toBeGreaterThan(20)
}

const bytes = fc.uint8Array({ maxLength: 6000 }).map((array) => Buffer.from(array))
const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  '',
)
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom(
    // Not alice, who has to be let in afterwards: so many wrong passwords lock an account.
    'bob',
    '\0',
    '\ud800',
    "' or 1=1 --",
    '__proto__',
    '../../etc/passwd',
    'x'.repeat(70),
    '💥'.repeat(18),
  ),
)
const credentials = fc.oneof(
  fc.record({ username: hostileText, password: hostileText }),
  fc.record({ username: fc.jsonValue(), password: fc.jsonValue() }),
  fc.dictionary(fc.constantFrom('username', 'password', '__proto__', 'constructor', 'refreshToken'), fc.jsonValue()),
  fc.jsonValue(),
)
const body = fc.oneof(
  bytes,
  credentials.map((value) => Buffer.from(JSON.stringify(value))),
)

/** What node's own client will send as the value of a header. */
const headerCharacter = fc
  .integer({ min: 0x20, max: 0xff })
  .filter((code) => code !== 0x7f)
  .map((code) => String.fromCharCode(code))
const headerValue = fc.string({ unit: headerCharacter, maxLength: 300 })
const authorization = fc.oneof(
  headerValue,
  headerValue.map((value) => `Bearer ${value}`),
  fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => `Bearer ${parts.join('.')}`),
)

const expectAnswer = (status: number) => expect([...fineStatuses], String(status)).toContain(status)
// 503: more logins than can be hashed are refused, which is what should happen.
const fineStatuses = new Set([200, 204, 400, 401, 404, 405, 408, 411, 413, 414, 415, 429, 431, 503])

describe('whatever is sent', () => {
  it.each(['/login', '/refresh', '/logout'])('as a body to %s', { timeout: (seconds + 60) * 1000 }, async (path) => {
    await holdsFor(fc.tuple(body, contentType), async ([content, type]) => {
      const headers: Header[] = type === '' ? [] : [['Content-Type', type]]
      const { status } = await send(stack.url, path, { method: 'POST', headers, body: content, timeoutMs: patienceMs })
      expectAnswer(status)
    })
  })

  it('as a credential, to the gateway and to each service', { timeout: (seconds + 60) * 1000 }, async () => {
    const targets = [
      [stack.url, '/api/v1/user/profile'],
      [stack.auth.url, '/validate'],
      [stack.api.url, '/api/v1/user/profile'],
    ] as const
    await holdsFor(fc.tuple(fc.constantFrom(...targets), authorization), async ([[url, path], value]) => {
      const { status } = await send(url, path, { headers: [['Authorization', value]], timeoutMs: patienceMs })
      expect([400, 401]).toContain(status)
    })
  })

  it('as headers beside a good token', { timeout: (seconds + 60) * 1000 }, async () => {
    const token = await tokenOf('alice', stack.url)
    const name = fc.oneof(
      fc.constantFrom(
        'X-User-Id',
        'X-Request-Id',
        'X-Real-IP',
        'Range',
        'If-None-Match',
        'Cookie',
        'Accept',
        'Origin',
        'Expect',
      ),
      fc
        .stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,40}$/)
        .filter((text) => !/^(host|connection|content-length|transfer-encoding|upgrade|te|trailer)$/i.test(text)),
    )
    await holdsFor(fc.array(fc.tuple(name, headerValue), { maxLength: 20 }), async (headers) => {
      const { status } = await send(stack.url, '/api/v1/user/profile', {
        headers: [...headers, bearer(token)],
        timeoutMs: patienceMs,
      })
      expect([200, 400, 401, 417, 431]).toContain(status)
    })
  })

  it('as bytes, to the gateway and to each service', { timeout: (seconds + 60) * 1000 }, async () => {
    const token = await tokenOf('alice', stack.url)
    const request =
      `POST /login HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      `Content-Length: 2\r\nConnection: close\r\n\r\n{}`
    // A good request with some of it replaced, put in, or cut out.
    const damage = fc.tuple(
      fc.nat(request.length),
      fc.nat(8),
      fc.oneof(
        fc.constantFrom(
          '\r\n',
          '\n',
          '\r',
          '\0',
          ' ',
          '\t',
          ':',
          'Transfer-Encoding: chunked\r\n',
          'Content-Length: 5\r\n',
          '\r\n ',
          '%00',
        ),
        fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 20 }),
      ),
    )
    const damaged = fc
      .array(damage, { minLength: 1, maxLength: 4 })
      .map((changes) =>
        changes.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), request),
      )
    const urls = [stack.url, stack.auth.url, stack.api.url]
    await holdsFor(fc.tuple(fc.constantFrom(...urls), damaged), async ([url, text]) => {
      const socket = await openConnection(url)
      socket.end(text, 'latin1')
      const startedAt = performance.now()
      const answer = await readAll(socket)
      expect(performance.now() - startedAt, 'milliseconds').toBeLessThan(patienceMs)
      // Some of it is no request, and is answered with the end of the connection. Old HTTP has no status line.
      for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) {
        // A transfer coding, or a version, that nobody knows.
        if (!['501', '505'].includes(status ?? '')) expectAnswer(Number(status))
      }
    })
  })
})

describe('afterwards', () => {
  it('all is as before: the same processes serve, and none has grown out of bounds', async () => {
    const token = await tokenOf('alice', stack.url)
    expect((await send(stack.url, '/api/v1/user/profile', { headers: [bearer(token)] })).status).toBe(200)
    expect((await sendLogin(stack.url)).status).toBe(200)
    for (const { pid } of [stack.auth, stack.api]) expect(residentMegabytes(pid ?? 0)).toBeLessThan(250)
    for (const log of stack.readLogs()) expect(log).not.toMatch(/"level":"fatal"|uncaught|unhandled/i)
  })
})

const residentMegabytes = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
