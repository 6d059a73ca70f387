import type { Server } from 'node:http'
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

/**
 * Stops a service without losing a request: not ready, no new connections, the requests in flight finish, what it holds is
 * released. Resolves to the exit code: 0, or 1 when the grace period was not enough.
 */
export async function shutDown({ server, health, log, graceSeconds, release }: ShutdownOptions): Promise<number> {
  log.info('stopping')
  health.drain()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<'expired'>((resolve) => {
    timer = setTimeout(() => resolve('expired'), graceSeconds * 1000)
  })
  const outcome = await Promise.race([closed.then(release), expired])
  clearTimeout(timer)
  if (outcome === 'expired') {
    log.error({ graceSeconds }, 'stopped with requests unfinished')
    return 1
  }
  log.info('stopped')
  return 0
}
