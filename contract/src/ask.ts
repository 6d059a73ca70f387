import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { CannotCheck } from './check.js'

export type Asked = {
  method?: string
  path: string
  headers?: OutgoingHttpHeaders
  body?: string
  /** Asks on this agent's connections; without one, on a new connection. */
  agent?: Agent
}

export type Answer = {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** From the asking to the end of the body. */
  ms: number
  onNewConnection: boolean
}

/** As long as the gateway waits for a login. */
const timeoutMs = 15_000

/** One HTTP request. Throws CannotCheck when no complete answer comes. */
export function ask(url: URL, { method = 'GET', path, headers = {}, body, agent }: Asked): Promise<Answer> {
  const startedAt = performance.now()
  // Node sends the body of a GET without its length, which no server could read.
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new CannotCheck(`no answer (${error.code ?? error.message})`, { cause: error }))
    const options = { method, path, headers: { ...length, ...headers }, agent: agent ?? false, timeout: timeoutMs }
    const asked = request(url, options, (res) => {
      const chunks: Buffer[] = []
      res.on('error', fail)
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: Buffer.concat(chunks).toString(),
          ms: performance.now() - startedAt,
          onNewConnection: !asked.reusedSocket,
        }),
      )
    })
    asked.on('timeout', () => asked.destroy(new Error(`nothing within ${timeoutMs / 1000} s`)))
    asked.on('error', fail)
    asked.end(body)
  })
}
