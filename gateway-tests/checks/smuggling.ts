import { openConnection, readAll } from '../client/send-bytes.js'

/** What follows a request whose end is in doubt: whoever sees it as one of its own was fooled. */
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

/**
 * A request about whose end two readers may disagree (RFC 9112 §6.3, §7.1). nginx reads those that are `tolerated`, and tells the services
 * of one whole request with the body `abc`; all others it refuses.
 */
export type Ambiguity = { what: string; head: string; body: string; version?: string; tolerated?: true }

const chunk = '3\r\nabc\r\n0\r\n\r\n'

export const ambiguities: Ambiguity[] = [
  {
    what: 'a length and chunks',
    head: 'Content-Length: 3\r\nTransfer-Encoding: chunked',
    body: `0\r\n\r\n${smuggled}`,
  },
  {
    what: 'chunks and a length',
    head: 'Transfer-Encoding: chunked\r\nContent-Length: 100',
    body: `0\r\n\r\n${smuggled}`,
  },
  { what: 'two lengths', head: 'Content-Length: 3\r\nContent-Length: 60', body: `abc${smuggled}` },
  { what: 'the same length twice', head: 'Content-Length: 3\r\nContent-Length: 3', body: `abc${smuggled}` },
  { what: 'two lengths in one', head: 'Content-Length: 3, 60', body: `abc${smuggled}` },
  { what: 'a length with a plus', head: 'Content-Length: +3', body: `abc${smuggled}` },
  { what: 'a length with a minus', head: 'Content-Length: -3', body: `abc${smuggled}` },
  { what: 'a length with a space in it', head: 'Content-Length: 3 0', body: `abc${smuggled}` },
  { what: 'a length in hexadecimal', head: 'Content-Length: 0x3', body: `abc${smuggled}` },
  { what: 'a length of no digits', head: 'Content-Length: three', body: `abc${smuggled}` },
  { what: 'a length beyond all numbers', head: 'Content-Length: 99999999999999999999', body: `abc${smuggled}` },
  { what: 'a space before the colon', head: 'Content-Length : 3', body: `abc${smuggled}` },
  { what: 'a space before the colon of the coding', head: 'Transfer-Encoding : chunked', body: `${chunk}${smuggled}` },
  { what: 'chunks in HTTP/1.0', head: 'Transfer-Encoding: chunked', body: `${chunk}${smuggled}`, version: 'HTTP/1.0' },
  { what: 'an unknown coding', head: 'Transfer-Encoding: xchunked', body: `${chunk}${smuggled}` },
  {
    what: 'chunks that are not the last coding',
    head: 'Transfer-Encoding: chunked, gzip',
    body: `${chunk}${smuggled}`,
  },
  { what: 'chunks twice', head: 'Transfer-Encoding: chunked, chunked', body: `${chunk}${smuggled}` },
  {
    what: 'two codings',
    head: 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    body: `${chunk}${smuggled}`,
  },
  {
    what: 'a control character before the coding',
    head: 'Transfer-Encoding: \x0bchunked',
    body: `${chunk}${smuggled}`,
  },
  { what: 'a coding in quotes', head: 'Transfer-Encoding: "chunked"', body: `${chunk}${smuggled}` },
  { what: 'a coding on the next line', head: 'Transfer-Encoding:\r\n chunked', body: `${chunk}${smuggled}` },
  { what: 'a length on the next line', head: 'Content-Length:\r\n 3', body: `abc${smuggled}` },
  { what: 'a folded header', head: 'X-Folded: a\r\n Content-Length: 3', body: smuggled },
  { what: 'a bare carriage return', head: 'X-A: b\rContent-Length: 3', body: `abc${smuggled}` },
  // RFC 9112 §2.2 lets it be the end of a line.
  { what: 'a bare line feed', head: 'X-A: b\nContent-Length: 3', body: `abc${smuggled}`, tolerated: true },
  { what: 'a NUL', head: 'X-A: b\0Content-Length: 3', body: `abc${smuggled}` },
  ...['-3', '+3', '0x3', '', 'g', '3\x0b', '11111111111111111', 'ffffffffffffffff'].map((size) => ({
    what: `a chunk of size ${JSON.stringify(size)}`,
    head: 'Transfer-Encoding: chunked',
    body: `${size}\r\nabc\r\n0\r\n\r\n${smuggled}`,
  })),
  {
    what: 'a chunk longer than it says',
    head: 'Transfer-Encoding: chunked',
    body: `3\r\nabcd\r\n0\r\n\r\n${smuggled}`,
  },
  ...[
    ['bare line feeds between chunks', '3\nabc\n0\n\n'],
    ['a line feed in what follows the size', '3;x\nabc\r\n0\r\n\r\n'],
    ['a chunk of two sizes', '3 3\r\nabc\r\n0\r\n\r\n'],
  ].map(([what = '', chunks]): Ambiguity => {
    return { what, head: 'Transfer-Encoding: chunked', body: `${chunks}${smuggled}`, tolerated: true }
  }),
]

/** Posts it, with the smuggled request right behind; the statuses of all that is answered, in order. */
export async function smuggle(url: string, path: string, { head, body, version = 'HTTP/1.1' }: Ambiguity) {
  const socket = await openConnection(url)
  // Some are waited on for more, for longer than a test.
  socket.setTimeout(1000, () => socket.destroy())
  const headers = `Host: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n${head}`
  socket.write(`POST ${path} ${version}\r\n${headers}\r\n\r\n${body}`, 'latin1')
  return Array.from((await readAll(socket)).matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status))
}
