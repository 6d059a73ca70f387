import { createServer } from 'node:net'
import { StackError } from './stack-error.js'

/** Why a TCP port cannot be listened on at this address (`EACCES`, `EADDRINUSE`, …), or undefined when it can. */
export function whyNotBindable(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** As many different free ports of the loopback address. All are held until all are chosen, so none comes up twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

const reasons: Record<string, string> = {
  EACCES: 'needs root',
  EPERM: 'needs root',
  EADDRINUSE: 'is in use',
}

/**
 * The port the gateway listens on: the one asked for, or else 80, or else 8080. `note` says why it is not 80. Throws when the one asked
 * for, or both of the others, cannot be had.
 */
export async function chooseGatewayPort(asked: string | undefined): Promise<{ port: number; note?: string }> {
  if (asked) {
    const port = Number(asked)
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw new StackError('GATEWAY_PORT must be a port number from 1 to 65535')
    }
    const why = await whyNotBindable(port, '127.0.0.1')
    if (why) throw new StackError(`Port ${port} ${reasons[why] ?? why}; set GATEWAY_PORT to another one`)
    return { port }
  }
  const why80 = await whyNotBindable(80, '127.0.0.1')
  if (!why80) return { port: 80 }
  const why8080 = await whyNotBindable(8080, '127.0.0.1')
  if (!why8080) return { port: 8080, note: `Port 80 ${reasons[why80] ?? why80}, so the gateway is on 8080` }
  throw new StackError(
    `Port 80 ${reasons[why80] ?? why80} and port 8080 ${reasons[why8080] ?? why8080}; set GATEWAY_PORT`,
  )
}
