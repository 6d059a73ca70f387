import { connect, type Socket } from 'node:net'
import type { Answer, Header } from './send.js'

/** Opens a connection to the gateway, for what no HTTP client would send. `from` is an address of this machine to come from. */
export function openConnection(baseUrl: string, from?: string): Promise<Socket> {
  const { hostname, port } = new URL(baseUrl)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port || 80), ...(from && { localAddress: from }) })
    socket.once('error', reject)
    socket.once('connect', () => {
      // Whoever waits for its end hears of a reset too; there is nothing more to do about one.
      socket.off('error', reject).on('error', () => {})
      resolve(socket)
    })
  })
}

/** Sends these bytes (a string is Latin-1) and reads until the gateway closes the connection; they should ask for that. */
export async function sendBytes(baseUrl: string, bytes: string, timeoutMs = 10_000): Promise<Answer> {
  const socket = await openConnection(baseUrl)
  socket.setTimeout(timeoutMs, () => socket.destroy())
  socket.write(bytes, 'latin1')
  return parseAnswer(await readAll(socket))
}

/** All that arrives until the connection is over. */
export function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

/** Reads the first answer of what arrived. */
export function parseAnswer(text: string): Answer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  if (end < 0 || !status) throw new Error(`this is no HTTP answer: ${JSON.stringify(text.slice(0, 200))}`)
  const headers = lines.map((line): Header => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return { status, headers, body: text.slice(end + 4) }
}
