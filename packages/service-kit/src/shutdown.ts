import type { Server } from 'node:http'
import { Server as TcpServer } from 'node:net'
import type { Health } from './health.js'
import type { Logger } from './logger.js'

type ShutdownOptions = {
  server: Server
  health: Health
  log: Logger
  /** Seconds the requests in flight are given to finish. */
  graceSeconds: number
  /** Closes what the service holds open (pools, workers), after the last request. */
  release: () => Promise<unknown>
}

/** How long a kept-alive connection may still bring a request. Longer than a proxy takes to notice; nothing once it has closed them. */
const lingerMs = 1000
const sweepMs = 50

/**
 * Stops a service without losing a request: not ready, no new connections, the requests in flight finish, what it holds is released.
 * A connection that nginx keeps alive is not cut at once, because a login may be on its way on it, and nginx must not send that again:
 * for a moment each is still served, and told to close. Resolves to the exit code: 0, or 1 when the grace period was not enough.
 */
export async function shutDown({ server, health, log, graceSeconds, release }: ShutdownOptions): Promise<number> {
  log.info('stopping')
  health.drain()
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  const closed = new Promise<void>((resolve) => {
    // The close of node:http would cut the idle connections; that of node:net only stops listening.
    TcpServer.prototype.close.call(server, () => resolve())
  })
  const lingerUntil = performance.now() + lingerMs
  const sweeper = setInterval(() => {
    if (performance.now() >= lingerUntil) server.closeIdleConnections()
  }, sweepMs)
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<'expired'>((resolve) => {
    timer = setTimeout(() => resolve('expired'), graceSeconds * 1000)
  })

  const outcome = await Promise.race([closed.then(release), expired])
  clearInterval(sweeper)
  clearTimeout(timer)
  if (outcome === 'expired') {
    log.error({ graceSeconds }, 'stopped with requests unfinished')
    return 1
  }
  log.info('stopped')
  return 0
}
