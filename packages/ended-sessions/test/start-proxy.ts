import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What is done with what a client sends, before it is passed on. */
type Look = (text: string) => Promise<void> | void

/** A way to a database that can be cut, frozen and led elsewhere. Closed after the test. */
export async function startProxy(databaseUrl: string, look: Look = () => {}) {
  let target = new URL(databaseUrl)
  let isOpen = true
  let isFrozen = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (!isOpen) return void client.destroy()
    const upstream = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket.on('error', () => {}))
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.on('data', async (bytes) => {
        socket.pause()
        if (socket === client) await look(bytes.toString('latin1'))
        other.write(bytes)
        if (!isFrozen) socket.resume()
      })
      if (isFrozen) socket.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(() => {
    server.close()
    destroyAll()
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `${target.protocol}//${target.username}:${target.password}@127.0.0.1:${port}${target.pathname}`,
    /** Cuts every connection, and every new one, until `open`. */
    cut() {
      isOpen = false
      destroyAll()
    },
    /** Passes new connections on, to another database if one is named. */
    open(url = target.href) {
      target = new URL(url)
      isOpen = true
    },
    /** From now on nothing passes, and no connection is closed for it. */
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
  }
}
