import { Agent, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { createHealth } from '../src/health.js'
import { createLogger } from '../src/logger.js'
import { serve } from '../src/serve.js'
import { shutDown } from '../src/shutdown.js'

const log = createLogger('test', 'silent', { write: () => {} })

/** A server whose one request is held open until the test lets it go. */
async function serverWithRequestInFlight() {
  let finish = () => {}
  const arrived = withResolvers()
  const server = await serve({
    host: '127.0.0.1',
    port: 0,
    log,
    listener: (_req, res) => {
      finish = () => res.end('finished')
      arrived.resolve(undefined)
    },
  })
  const { port } = server.address() as AddressInfo
  const answer = new Promise<string>((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1' }, (res) => {
      res.setEncoding('utf8').on('data', resolve)
    })
    request.on('error', reject).end()
  })
  await arrived.promise
  return { server, port, answer, finish: () => finish() }
}

function withResolvers() {
  let resolve: (value: unknown) => void = () => {}
  const promise = new Promise((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

it('lets the request in flight finish, then releases what is held, and exits 0', async () => {
  const { server, answer, finish } = await serverWithRequestInFlight()
  const health = createHealth({}, log)
  const release = vi.fn(async () => {})
  const exitCode = shutDown({ server, health, log, graceSeconds: 5, release })
  expect(release).not.toHaveBeenCalled()
  finish()
  await expect(answer).resolves.toBe('finished')
  await expect(exitCode).resolves.toBe(0)
  expect(release).toHaveBeenCalledOnce()
})

it('accepts no new connection while it stops', async () => {
  const { server, port, answer, finish } = await serverWithRequestInFlight()
  const exitCode = shutDown({ server, health: createHealth({}, log), log, graceSeconds: 5, release: async () => {} })
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  finish()
  await answer
  await exitCode
})

it('still serves a kept-alive connection for a moment, and tells it to close', async () => {
  const server = await serve({ host: '127.0.0.1', port: 0, log, listener: (_req, res) => void res.end() })
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const request = httpRequest({ port, host: '127.0.0.1', agent }, (res) => {
        res.resume().on('end', () => resolve(res.headers.connection))
      })
      request.on('error', reject).end()
    })
  await expect(ask()).resolves.toBe('keep-alive')
  const exitCode = shutDown({ server, health: createHealth({}, log), log, graceSeconds: 5, release: async () => {} })
  await expect(ask()).resolves.toBe('close')
  await expect(exitCode).resolves.toBe(0)
})

it('gives up after the grace period and exits 1', async () => {
  const { server, answer, finish } = await serverWithRequestInFlight()
  await expect(
    shutDown({ server, health: createHealth({}, log), log, graceSeconds: 0, release: async () => {} }),
  ).resolves.toBe(1)
  finish()
  await answer
})
