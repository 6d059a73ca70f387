import { once } from 'node:events'
import { connect } from 'node:tls'

/** A field of HTTP/2 as it is sent, byte for byte (Latin-1): pseudo-header fields, doubles and forbidden letters too. */
export type Field = [name: string, value: string]

const frameTypes = { data: 0, headers: 1, rstStream: 3, settings: 4, goAway: 7 }
const flags = { endStream: 1, endHeaders: 4 }

/**
 * Sends one request of HTTP/2 that no client would, as frames (RFC 9113 §4.1) on a connection of its own, and waits until it is over: answered,
 * reset, or the connection closed. `body` is Latin-1; without one the stream ends with its headers.
 */
export async function sendFrames(tlsPort: number, ca: string, fields: Field[], body?: string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: tlsPort, servername: 'localhost', ca, ALPNProtocols: ['h2'] })
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  // Some are waited on for more, for longer than a test.
  socket.setTimeout(1000, () => socket.destroy())
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(frameTypes.settings, 0, 0, ''))
  const last = body === undefined ? flags.endStream : 0
  socket.write(frame(frameTypes.headers, flags.endHeaders | last, 1, fields.map(encode).join('')))
  if (body !== undefined) socket.write(frame(frameTypes.data, flags.endStream, 1, body))

  let unread = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk])
    for (let length = 9; unread.length >= 9; unread = unread.subarray(length)) {
      length = 9 + unread.readUIntBE(0, 3)
      if (unread.length < length) return
      const [type, flag] = [unread[3], unread[4] ?? 0]
      const isLast = (type === frameTypes.headers || type === frameTypes.data) && (flag & flags.endStream) !== 0
      if (isLast || type === frameTypes.rstStream || type === frameTypes.goAway) socket.end()
    }
  })
  await once(socket, 'close')
}

function frame(type: number, flag: number, stream: number, payload: string): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flag, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, Buffer.from(payload, 'latin1')])
}

/** A literal field that is not indexed, with neither part compressed (RFC 7541 §6.2.2). */
const encode = ([name, value]: Field) => `\0${text(name)}${text(value)}`

/** A string of HPACK whose length fits one byte. A longer one would be refused for its form, and not for what it says. */
function text(content: string): string {
  if (content.length > 126) throw new Error(`${content.length} bytes are more than a test needs`)
  return `${String.fromCharCode(content.length)}${content}`
}
