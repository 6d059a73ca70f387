import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Passes TCP connections on to a port of this machine and counts them. */
export async function startCountingProxy(targetPort: number) {
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer((client) => {
    accepted++
    const target = connect({ host: '127.0.0.1', port: targetPort })
    client.pipe(target).pipe(client)
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

export type CountingProxy = Awaited<ReturnType<typeof startCountingProxy>>
