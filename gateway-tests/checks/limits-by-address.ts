import { once } from 'node:events'
import type { Socket } from 'node:net'
import { waitUntil } from 'local-stack'
import { expect } from 'vitest'
import { type Answer, type Header, type RequestOptions, send, valuesOf } from '../client/send.js'
import { openConnection } from '../client/send-bytes.js'
import { profilePath } from './gateway.js'

/** What the gateways of these checks allow one address: few attempts, and then a long time for none. */
export const fewAttempts = { GATEWAY_LOGINS_PER_MINUTE: '5', GATEWAY_REFRESHES_PER_MINUTE: '7' }
const logins = Number(fewAttempts.GATEWAY_LOGINS_PER_MINUTE)

/** Not with the above: attempts at once would run into this. */
export const fewConnections = { GATEWAY_CONNECTIONS_PER_ADDRESS: '4' }
const connections = Number(fewConnections.GATEWAY_CONNECTIONS_PER_ADDRESS)

type Target = { url: string }
/** By number, so that `from` decides where a request comes from. */
const at = ({ url }: Target, host = '127.0.0.1') => url.replace('localhost', host)

/** An attempt that costs auth-service nothing: it is 400 unless it is refused for its number. */
export const attempt = (gateway: Target, options: Pick<RequestOptions, 'from' | 'headers'> = {}, host?: string) =>
  send(at(gateway, host), '/login', {
    ...options,
    method: 'POST',
    body: '{}',
    headers: [json, ...(options.headers ?? [])],
  })

const json: Header = ['Content-Type', 'application/json']

export async function statusesOf(answers: Promise<Answer>[]) {
  return (await Promise.all(answers)).map(({ status }) => status)
}

/** Uses up what an address has. */
async function useUp(gateway: Target, options: Parameters<typeof attempt>[1] = {}, host?: string) {
  const statuses = await statusesOf(Array.from({ length: logins }, () => attempt(gateway, options, host)))
  expect(statuses, 'attempts within the limit').toEqual(Array(logins).fill(400))
}

/** One address has its logins a minute, another one its own, and who is refused is told what to do. */
export async function limitsLogins(gateway: Target) {
  await useUp(gateway)
  const refused = await attempt(gateway)
  expect(refused.status, 'one attempt too many').toBe(429)
  expectProblem(refused)
  expect(valuesOf(refused, 'Retry-After')).toEqual(['12'])
  expect(valuesOf(refused, 'RateLimit-Policy')).toEqual(['"logins";q=5;w=60'])
  expect(valuesOf(refused, 'RateLimit')).toEqual(['"logins";r=0;t=12'])
  await useUp(gateway, { from: '127.0.0.2' })
  expect((await attempt(gateway)).status, 'still').toBe(429)
}

/** Row 8: whoever is refused is so under any other name, too. */
export async function isNotDodged(gateway: Target) {
  const from = '127.0.0.3'
  const names = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP']
  await useUp(gateway, { from })
  for (const name of names) {
    for (const address of ['203.0.113.7', '203.0.113.8, 127.0.0.1', '2001:db8::7', 'for=203.0.113.9']) {
      const { status } = await attempt(gateway, { from, headers: [[name, address]] })
      expect(status, `refused in spite of ${name}: ${address}`).toBe(429)
    }
  }
}

/** Behind a proxy that is trusted (here 127.0.0.1), an IPv6 network counts as one, and IPv4 addresses as many. */
export async function countsNetworksOfIpv6(gateway: Target) {
  const behind = (address: string) => ({ headers: [['X-Forwarded-For', address] satisfies Header] })
  await useUp(gateway, behind('2001:db8:0:1::a'))
  for (const address of [
    '2001:db8:0:1::a',
    '2001:db8:0:1::b',
    '2001:db8:0:1:ffff:ffff:ffff:ffff',
    '2001:db8::1:a:b:c:d',
  ]) {
    expect((await attempt(gateway, behind(address))).status, `refused as ${address}`).toBe(429)
  }
  for (const address of [
    '2001:db8:0:2::a',
    '2001:db8:1:1::a',
    '192.0.2.1',
    '192.0.2.2',
    '::ffff:192.0.2.3',
    '::ffff:192.0.2.4',
  ]) {
    await useUp(gateway, behind(address))
  }
}

/** As many requests at once as an address may have; one more is refused, and another address is not. */
export async function limitsConnections(gateway: Target) {
  const from = '127.0.0.4'
  const ask = (options: RequestOptions) => send(at(gateway), profilePath, options)
  const waiting: Socket[] = []
  try {
    // Each is a login whose body does not come. That nginx waits for it, for 10 seconds, it says by "100 Continue".
    for (let count = 0; count < connections; count++) {
      const socket = await openConnection(at(gateway), from)
      waiting.push(socket)
      socket.write(
        'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n',
      )
      const [line] = await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
      expect(String(line), 'as many as it may').toMatch(/^HTTP\/1\.1 100 /)
    }
    const refused = await ask({ from })
    expect(refused.status, 'one more is refused').toBe(429)
    expectProblem(refused)
    expect(valuesOf(refused, 'Retry-After')).toEqual(['1'])
    expect(valuesOf(refused, 'RateLimit-Policy')).toEqual(['"connections";q=4;qu="concurrent-requests"'])
    expect(valuesOf(refused, 'RateLimit')).toEqual(['"connections";r=0;t=1'])
    expect((await ask({ from: '127.0.0.5' })).status, 'another address').toBe(401)
  } finally {
    for (const socket of waiting) socket.destroy()
  }
  await waitUntil('the address is served again', async () => (await ask({ from })).status === 401, { timeoutMs: 5000 })
}

function expectProblem(answer: Answer) {
  expect(valuesOf(answer, 'Content-Type'), 'a problem').toEqual(['application/problem+json'])
  expect(valuesOf(answer, 'Cache-Control')).toEqual(['no-store'])
  expect(JSON.parse(answer.body)).toMatchObject({
    status: 429,
    code: 'too-many-requests',
    requestId: valuesOf(answer, 'X-Request-Id')[0],
  })
}
