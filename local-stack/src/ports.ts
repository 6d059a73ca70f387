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

/** A port of the gateway: the variable that asks for one, and what is tried when it does not. */
const wellKnown = {
  GATEWAY_PORT: { first: 80, next: 8080, what: 'the gateway' },
  GATEWAY_TLS_PORT: { first: 443, next: 8443, what: 'TLS' },
}

/**
 * The port the gateway listens on, for plain HTTP or for TLS: the one asked for, or else 80 (443), or else 8080 (8443). `note` says why
 * it is not the first. Throws when the one asked for, or both of the others, cannot be had.
 */
export async function chooseGatewayPort(
  asked: string | undefined,
  whyNot = whyNotOnLocalhost,
  variable: keyof typeof wellKnown = 'GATEWAY_PORT',
): Promise<{ port: number; note?: string }> {
  const { first, next, what } = wellKnown[variable]
  if (asked) {
    const port = Number(asked)
    if (!/^\d+$/.test(asked) || port < 1 || port > 65535) {
      throw new StackError(`${variable} must be a port number from 1 to 65535`)
    }
    const why = await whyNot(port)
    if (why) throw new StackError(`${describePort(port, why)}; set ${variable} to another one`)
    return { port }
  }
  const whyNotFirst = await whyNot(first)
  if (!whyNotFirst) return { port: first }
  const whyNotNext = await whyNot(next)
  if (!whyNotNext) return { port: next, note: `${describePort(first, whyNotFirst)}, so ${what} is on ${next}` }
  throw new StackError(
    `${describePort(first, whyNotFirst)}. ${describePort(next, whyNotNext)}. Set ${variable} to the port ${what} shall have`,
  )
}
