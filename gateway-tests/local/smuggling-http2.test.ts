import { freePorts, upstreamAt } from 'local-stack'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Field, sendFrames } from '../client/send-frames.js'
import { type Certificates, makeCertificates } from '../stack/certificates.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'
import { type StandIn, startStandIn } from '../stack/stand-in.js'

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

type Ambiguity = {
  what: string
  /** In place of the pseudo-header fields of that name; '' leaves one out. */
  pseudo?: Record<string, string>
  fields?: Field[]
  body?: string
  /** nginx leaves out what is wrong, and tells the service of one whole request with this body. */
  tolerated?: true
}

/**
 * HTTP/2 says in its frames where a request ends, and HTTP/1.1, which nginx speaks with the services, in its fields: what would be another
 * end there, or another request, must not get through (RFC 9113 §8.1.1, §8.2.1, §10.3).
 */
const ambiguities: Ambiguity[] = [
  { what: 'a length that is too short', fields: [['content-length', '3']], body: `abc${smuggled}` },
  { what: 'a length of nothing', fields: [['content-length', '0']], body: smuggled },
  { what: 'a length that is too long', fields: [['content-length', '100']], body: 'abc' },
  { what: 'a length, and no body', fields: [['content-length', '3']] },
  {
    what: 'two lengths',
    fields: [
      ['content-length', '3'],
      ['content-length', '60'],
    ],
    body: 'abc',
  },
  {
    what: 'the same length twice',
    fields: [
      ['content-length', '3'],
      ['content-length', '3'],
    ],
    body: 'abc',
  },
  { what: 'a length with a plus', fields: [['content-length', '+3']], body: 'abc' },
  { what: 'chunks', fields: [['transfer-encoding', 'chunked']], body: `0\r\n\r\n${smuggled}`, tolerated: true },
  { what: 'an unknown coding', fields: [['transfer-encoding', 'identity']], body: smuggled },
  {
    what: 'chunks for this hop',
    fields: [
      ['connection', 'transfer-encoding'],
      ['transfer-encoding', 'chunked'],
    ],
    body: `0\r\n\r\n${smuggled}`,
    tolerated: true,
  },
  ...['\r\n', '\n', '\r', '\0'].map((end) => ({
    what: `${JSON.stringify(end)} in a value`,
    fields: [['x-a', `b${end}transfer-encoding: chunked`]] satisfies Field[],
    body: `0\r\n\r\n${smuggled}`,
  })),
  { what: 'the end of a line in a name', fields: [['x-a: b\r\ntransfer-encoding', 'chunked']], body: smuggled },
  { what: 'a colon in a name', fields: [['transfer-encoding: chunked', 'b']], body: smuggled },
  { what: 'a space in a name', fields: [['content-length ', '3']], body: `abc${smuggled}` },
  { what: 'a name in capitals', fields: [['Transfer-Encoding', 'chunked']], body: `0\r\n\r\n${smuggled}` },
  { what: 'an empty name', fields: [['', 'b']], body: 'abc' },
  { what: 'the end of a line in the path', pseudo: { ':path': `/login HTTP/1.1\r\nHost: x\r\n\r\n${smuggled}` } },
  { what: 'a space in the path', pseudo: { ':path': '/login HTTP/1.1' } },
  { what: 'a path with a host', pseudo: { ':path': 'http://x/login' } },
  { what: 'no path', pseudo: { ':path': '' } },
  { what: 'two paths', fields: [[':path', '/smuggled']] },
  { what: 'the end of a line in the method', pseudo: { ':method': 'GET /smuggled HTTP/1.1\r\nx: y\r\n\r\nPOST' } },
  { what: 'a space in the method', pseudo: { ':method': 'GET /smuggled' } },
  { what: 'two methods', fields: [[':method', 'GET']] },
  { what: 'the end of a line in the host', pseudo: { ':authority': `x\r\n\r\n${smuggled}` } },
  { what: 'two hosts', fields: [['host', 'x']] },
  { what: 'the end of a line in the scheme', pseudo: { ':scheme': `https://x/ HTTP/1.1\r\n\r\n${smuggled}` } },
  { what: 'an unknown pseudo-header', fields: [[':smuggled', 'x']] },
  {
    what: 'a pseudo-header behind the others',
    fields: [
      ['x-a', 'b'],
      [':authority', 'x'],
    ],
  },
  {
    what: 'another protocol',
    fields: [
      ['connection', 'upgrade, http2-settings'],
      ['upgrade', 'h2c'],
    ],
    body: 'abc',
    tolerated: true,
  },
  { what: 'a field that belongs to a hop', fields: [['connection', 'x-real-ip']], body: 'abc', tolerated: true },
]

describe.runIf(inject('isLocal'))('request smuggling over HTTP/2', () => {
  let stack: OwnStack
  let certificates: Certificates
  let auth: StandIn
  let api: StandIn
  let tlsPort: number

  beforeAll(async () => {
    ;[stack, auth, api, certificates] = await Promise.all([
      startOwnStack(),
      startStandIn(),
      startStandIn(),
      makeCertificates(),
    ])
    ;[tlsPort = 0] = await freePorts(1)
    const { certificate, key } = certificates
    const edits = [upstreamAt('api', api.port), upstreamAt('auth', auth.port)]
    await stack.startGateway(edits, { tls: { certificate, key, port: tlsPort } })
  })
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([auth?.stop(), api?.stop(), certificates?.remove()])
  })
  beforeEach(() => {
    auth.forget()
    api.forget()
  })

  test.each(ambiguities)('by $what: no service gets to see it', async ({ pseudo, fields = [], body, tolerated }) => {
    const paths = ['/login', '/api/v1/user/profile']
    for (const path of paths) {
      const lead = { ':method': 'POST', ':scheme': 'https', ':authority': 'localhost', ':path': path, ...pseudo }
      const given = Object.entries(lead).filter(([, value]) => value !== '')
      await sendFrames(tlsPort, certificates.ca, [...given, ...fields, ['authorization', 'Bearer t']], body)
    }
    const seen = [...auth.seen.filter(({ url: path }) => path !== '/validate'), ...api.seen]
    expect(seen.map(({ method, url: path, body }) => [method, path, body])).toEqual(
      tolerated ? paths.map((path) => ['POST', path, body]) : [],
    )
    const hopByHop = ['transfer-encoding', 'upgrade', 'http2-settings']
    const names = seen.flatMap(({ headers }) => headers.map(([name]) => name.toLowerCase()))
    expect(names.filter((name) => hopByHop.includes(name))).toEqual([])
  })
})
