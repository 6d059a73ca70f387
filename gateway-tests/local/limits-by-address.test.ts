import { setTimeout as sleep } from 'node:timers/promises'
import { type Edit, upstreamAt } from 'local-stack'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import {
  attempt,
  countsNetworksOfIpv6,
  fewAttempts,
  fewConnections,
  isNotDodged,
  limitsConnections,
  limitsLogins,
  statusesOf,
} from '../checks/limits-by-address.js'
import { tokenOf } from '../client/log-in.js'
import { bearer, type Header, send, valuesOf } from '../client/send.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'
import { startStandIn } from '../stack/stand-in.js'

describe.runIf(inject('isLocal'))('limits by address', () => {
  let stack: OwnStack
  beforeAll(async () => {
    stack = await startOwnStack()
  })
  afterAll(() => stack?.stop())

  const startLimited = (settings = {}, edits: Edit[] = []) =>
    stack.startGateway(edits, { settings: { ...fewAttempts, ...settings } })

  test('an address has its logins a minute, and no more; others have theirs', async () => {
    await limitsLogins(await startLimited())
  })

  test('row 8: nobody dodges that by naming other addresses', async () => {
    await isNotDodged(await startLimited())
  })

  test('what is refused reaches no service', async () => {
    const auth = await startStandIn()
    try {
      const gateway = await startLimited({}, [upstreamAt('auth', auth.port)])
      await statusesOf(Array.from({ length: 50 }, () => attempt(gateway)))
      expect(auth.seen).toHaveLength(5)
    } finally {
      await auth.stop()
    }
  })

  test('who waits for Retry-After is let in, once', async () => {
    const gateway = await startLimited({ GATEWAY_LOGINS_PER_MINUTE: '30' })
    await statusesOf(Array.from({ length: 30 }, () => attempt(gateway)))
    const refused = await attempt(gateway)
    expect(valuesOf(refused, 'Retry-After')).toEqual(['2'])
    await sleep(2000)
    expect(await statusesOf([attempt(gateway), attempt(gateway)])).toEqual(expect.arrayContaining([400, 429]))
  })

  test('who may not log in again may go on with the token he has', async () => {
    const gateway = await startLimited()
    const headers = [bearer(await tokenOf('alice', stack.url))]
    await statusesOf(Array.from({ length: 6 }, () => attempt(gateway)))
    expect((await send(gateway.url.replace('localhost', '127.0.0.1'), profilePath, { headers })).status).toBe(200)
  })

  test('IPv6 counts, and by another address than IPv4', async () => {
    const gateway = await startLimited()
    expect(await statusesOf(Array.from({ length: 6 }, () => attempt(gateway, {}, '[::1]')))).toContain(429)
    expect((await attempt(gateway)).status).toBe(400)
  })

  test('behind a proxy that is trusted, a /64 of IPv6 is one address', async () => {
    await countsNetworksOfIpv6(await startLimited({ GATEWAY_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' }))
  })

  test('of a chain, what the trusted ones wrote counts, and not what came with the request', async () => {
    const gateway = await startLimited({ GATEWAY_TRUSTED_PROXIES: '127.0.0.1 10.0.0.0/8' })
    const through = (chain: string, from = '127.0.0.1') => {
      const headers: Header[] = [['X-Forwarded-For', chain]]
      return attempt(gateway, { from, headers })
    }
    const spoofed = Array.from({ length: 6 }, (_, index) => through(`198.51.100.${index}, 192.0.2.9, 10.1.2.3`))
    expect(await statusesOf(spoofed)).toContain(429)
    // And from somebody else than the proxy the header says nothing.
    const stranger = Array.from({ length: 6 }, (_, index) => through(`198.51.100.${index}`, '127.0.0.6'))
    expect(await statusesOf(stranger)).toContain(429)
  })

  test('refreshes and logouts have a limit of their own', async () => {
    const gateway = await startLimited()
    const post = (path: string) => send(gateway.url.replace('localhost', '127.0.0.1'), path, { method: 'POST' })
    await statusesOf(Array.from({ length: 5 }, () => attempt(gateway)))
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => post(index % 2 ? '/logout' : '/refresh')))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(refused.map((answer) => valuesOf(answer, 'RateLimit-Policy'))).toEqual([['"refreshes";q=7;w=60']])
    expect(refused.map((answer) => valuesOf(answer, 'Retry-After'))).toEqual([['9']])
  })

  test('an address has so many requests at once', async () => {
    await limitsConnections(await stack.startGateway([], { settings: fewConnections }))
  })
})
