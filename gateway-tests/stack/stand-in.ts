import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Header, pairs } from '../client/send.js'

export type SeenRequest = { method: string; url: string; headers: Header[]; body: string }
type Answerer = (req: IncomingMessage, res: ServerResponse) => void

/** What an auth-service says of a good token. */
export const accept: Answerer = (_req, res) => void res.writeHead(200, { 'Content-Length': 0 }).end()
/** What an auth-service says of a bad one. */
export const refuse: Answerer = (_req, res) =>
  void res
    .writeHead(401, {
      'Content-Length': 0,
      'WWW-Authenticate': 'Bearer realm="api"',
      'X-Validate-Error': 'invalid-token',
    })
    .end()

/** A server in the place of a service, which remembers what it was asked, to the letter. It accepts everything until told otherwise. */
export async function startStandIn() {
  let seen: SeenRequest[] = []
  let answer = accept
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.once('end', () => {
      const { method = '', url = '', rawHeaders } = req
      seen.push({ method, url, headers: pairs(rawHeaders), body: Buffer.concat(chunks).toString() })
      answer(req, res)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as AddressInfo).port,
    get seen() {
      return seen
    },
    answerWith(next: Answerer) {
      answer = next
    },
    forget() {
      seen = []
      answer = accept
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

export type StandIn = Awaited<ReturnType<typeof startStandIn>>
