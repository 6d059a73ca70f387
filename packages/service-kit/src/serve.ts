import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from './logger.js'

type ServeOptions = { host: string; port: number; listener: RequestListener; log: Logger }

/** Starts an HTTP server and resolves once it accepts connections; rejects when the port cannot be had. */
export async function serve({ host, port, listener, log }: ServeOptions): Promise<Server> {
  const server = createServer(
    {
      // Longer than nginx keeps its idle upstream connections (60 s), so that it is never nginx that meets a closed one.
      keepAliveTimeout: 75_000,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
    },
    listener,
  )
  server.listen(port, host)
  await once(server, 'listening')
  log.info({ host, port: (server.address() as AddressInfo).port }, 'listening')
  return server
}
