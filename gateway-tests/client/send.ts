import { type Agent, request } from 'node:http'
import { request as requestWithTls } from 'node:https'
import type { Socket } from 'node:net'

export type Header = [name: string, value: string]
export type Answer = { status: number; headers: Header[]; body: string }
export type RequestOptions = {
  method?: string
  /** Sent as they are, in this order, doubles too. `Host`, `Connection` and the body's length are added when they are not among them. */
  headers?: Header[]
  body?: string | Buffer
  /** Without one, each request has a connection of its own. */
  agent?: Agent
  timeoutMs?: number
  /** The address to come from, one of this machine's. */
  from?: string
  /** For `https:`, the CA to trust, in PEM. */
  ca?: string
}

/** Sends one request: unlike `fetch`, without normalising the path, refusing a header or following a redirect. */
export function send(baseUrl: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = [], body, agent, timeoutMs = 10_000, from, ca } = options
  const { protocol, hostname, port, host } = new URL(baseUrl)
  const given = new Set(headers.map(([name]) => name.toLowerCase()))
  const added: Header[] = [
    ['Host', host],
    ['Connection', agent ? 'keep-alive' : 'close'],
  ]
  if (body !== undefined && !given.has('transfer-encoding')) {
    added.push(['Content-Length', String(Buffer.byteLength(body))])
  }
  const all = [...added.filter(([name]) => !given.has(name.toLowerCase())), ...headers]

  return new Promise((resolve, reject) => {
    const target = { hostname: hostname.replace(/^\[|\]$/g, ''), port, localAddress: from, ca }
    const ask = protocol === 'https:' ? requestWithTls : request
    const sent = ask({ ...target, method, path, headers: all.flat(), agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: pairs(response.rawHeaders),
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer to ${method} ${path} in ${timeoutMs} ms`)))
    sent.once('upgrade', (_response, socket: Socket) => {
      socket.destroy()
      reject(new Error(`${method} ${path} was upgraded`))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** node's flat list of names and values, in pairs. */
export const pairs = (flat: string[]): Header[] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? '', flat[2 * index + 1] ?? ''])

/** All values of a header, in order; empty when it is not there. */
export const valuesOf = ({ headers }: Pick<Answer, 'headers'>, name: string): string[] =>
  headers.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

export const bearer = (token: string): Header => ['Authorization', `Bearer ${token}`]
