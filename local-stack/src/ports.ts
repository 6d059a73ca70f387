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

/** Why `http://localhost:PORT` cannot be ours. The name may mean either loopback address, so a server on either is in the way. */
export async function whyNotOnLocalhost(port: number): Promise<string | undefined> {
  const onV6 = await whyNotBindable(port, '::1')
  return (await whyNotBindable(port, '127.0.0.1')) ?? (onV6 === 'EADDRINUSE' ? onV6 : undefined)
}

const reasons: Record<string, string> = {
  EACCES: 'needs root',
  EPERM: 'needs root',
  EADDRINUSE: 'is in use',
}

/** "Port 80 is in use". */
export const describePort = (port: number, why: string) => `Port ${port} ${reasons[why] ?? `cannot be had (${why})`}`

/**
 * The port the gateway listens on: the one asked for, or else 80, or else 8080. `note` says why it is not 80. Throws when the one asked
 * for, or both of the others, cannot be had.
 */
export async function chooseGatewayPort(
  asked: string | undefined,
  whyNot = whyNotOnLocalhost,
): Promise<{ port: number; note?: string }> {
  if (asked) {
    const port = Number(asked)
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw new StackError('GATEWAY_PORT must be a port number from 1 to 65535')
    }
    const why = await whyNot(port)
    if (why) throw new StackError(`${describePort(port, why)}; set GATEWAY_PORT to another one`)
    return { port }
  }
  const why80 = await whyNot(80)
  if (!why80) return { port: 80 }
  const why8080 = await whyNot(8080)
  if (!why8080) return { port: 8080, note: `${describePort(80, why80)}, so the gateway is on 8080` }
  throw new StackError(
    `${describePort(80, why80)}. ${describePort(8080, why8080)}. Set GATEWAY_PORT to the port the gateway shall have`,
  )
}
