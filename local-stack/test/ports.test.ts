import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePorts } from '../src/index.js'
import { chooseGatewayPort, whyNotBindable, whyNotOnLocalhost } from '../src/ports.js'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function occupy(port: number, host: string) {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
}

it('gives as many different ports as are asked for, and all can be had', async () => {
  const ports = await freePorts(20)
  expect(new Set(ports).size).toBe(20)
  expect(await Promise.all(ports.map((port) => whyNotBindable(port, '127.0.0.1')))).toEqual(Array(20).fill(undefined))
})

describe('a port of localhost', () => {
  it('is free when nobody listens on it', async () => {
    const [port = 0] = await freePorts(1)
    expect(await whyNotOnLocalhost(port)).toBeUndefined()
  })

  it.each(['127.0.0.1', '::1', '0.0.0.0'])('is in use when somebody listens on %s', async (host) => {
    const [port = 0] = await freePorts(1)
    await occupy(port, host)
    expect(await whyNotOnLocalhost(port)).toBe('EADDRINUSE')
  })
})

describe('the port of the gateway', () => {
  /** A machine where these ports cannot be had, and all others can. */
  const machineWhere = (taken: Record<number, string>) => async (port: number) => taken[port]

  it('is 80 where it can be had', async () => {
    expect(await chooseGatewayPort(undefined, machineWhere({}))).toEqual({ port: 80 })
  })

  it.each([
    ['EACCES', 'Port 80 needs root, so the gateway is on 8080'],
    ['EADDRINUSE', 'Port 80 is in use, so the gateway is on 8080'],
    ['EADDRNOTAVAIL', 'Port 80 cannot be had (EADDRNOTAVAIL), so the gateway is on 8080'],
  ])('is 8080 where 80 fails with %s, and it says why', async (code, note) => {
    expect(await chooseGatewayPort(undefined, machineWhere({ 80: code }))).toEqual({ port: 8080, note })
  })

  it('must be given where neither can be had', async () => {
    await expect(chooseGatewayPort('', machineWhere({ 80: 'EACCES', 8080: 'EADDRINUSE' }))).rejects.toThrow(
      'Port 80 needs root. Port 8080 is in use. Set GATEWAY_PORT to the port the gateway shall have',
    )
  })

  it('is the one asked for, and never silently another one', async () => {
    expect(await chooseGatewayPort('9000', machineWhere({ 80: 'EACCES' }))).toEqual({ port: 9000 })
    await expect(chooseGatewayPort('9000', machineWhere({ 9000: 'EADDRINUSE' }))).rejects.toThrow(
      'Port 9000 is in use; set GATEWAY_PORT to another one',
    )
  })

  it.each(['abc', '0', '65536', '80.5', '-1'])('is not %s', async (asked) => {
    await expect(chooseGatewayPort(asked, machineWhere({}))).rejects.toThrow(
      'GATEWAY_PORT must be a port number from 1 to 65535',
    )
  })

  it('is 443 for TLS, or else 8443', async () => {
    const choose = (machine: Parameters<typeof machineWhere>[0], asked?: string) =>
      chooseGatewayPort(asked, machineWhere(machine), 'GATEWAY_TLS_PORT')
    expect(await choose({})).toEqual({ port: 443 })
    expect(await choose({ 443: 'EACCES' })).toEqual({ port: 8443, note: 'Port 443 needs root, so TLS is on 8443' })
    await expect(choose({ 9000: 'EADDRINUSE' }, '9000')).rejects.toThrow(
      'Port 9000 is in use; set GATEWAY_TLS_PORT to another one',
    )
  })
})
