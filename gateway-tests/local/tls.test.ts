import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { freePorts, waitUntil } from 'local-stack'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { tokenOf } from '../client/log-in.js'
import { bearer, type RequestOptions, send, valuesOf } from '../client/send.js'
import { parseAnswer, readAll, sendBytes } from '../client/send-bytes.js'
import { type Certificates, makeCertificates } from '../stack/certificates.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

const login = '{"username":"alice","password":"password123"}'
const logIn: RequestOptions = { method: 'POST', headers: [['Content-Type', 'application/json']], body: login }

describe.runIf(inject('isLocal'))('with TLS', () => {
  let stack: OwnStack
  let certificates: Certificates
  let gateway: Awaited<ReturnType<OwnStack['startGateway']>>
  let tlsPort: number
  /** Where plain HTTP is. */
  let plainUrl: string
  let token: string

  const ask = (path: string, options: RequestOptions = {}) =>
    send(gateway.url, path, { ca: certificates.ca, ...options })
  const openTls = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({
      host: '127.0.0.1',
      port: tlsPort,
      servername: 'localhost',
      ca: certificates.ca,
      ...options,
    })
    await once(socket, 'secureConnect')
    return socket
  }

  beforeAll(async () => {
    ;[stack, certificates] = await Promise.all([startOwnStack(), makeCertificates('gateway.test')])
    ;[tlsPort = 0] = await freePorts(1)
    const { certificate, key } = certificates
    gateway = await stack.startGateway([], { tls: { certificate, key, port: tlsPort } })
    plainUrl = `http://127.0.0.1:${gateway.port}`
    token = await tokenOf('alice', stack.url)
  })
  afterAll(async () => {
    await stack?.stop()
    await certificates?.remove()
  })

  test('one logs in and reads the profile', async () => {
    const answer = await ask('/login', logIn)
    expect(answer.status).toBe(200)
    const { token: own } = JSON.parse(answer.body) as { token: string }
    expect((await ask(profilePath, { headers: [bearer(own)] })).status).toBe(200)
    expect((await ask(profilePath)).status).toBe(401)
  })

  test('HTTP/2 is spoken, and the gate is the same', async () => {
    const session = connectHttp2(gateway.url, { ca: certificates.ca })
    const statusOf = async (headers: Record<string, string>) => {
      const stream = session.request({ ':path': profilePath, ...headers })
      stream.resume()
      const [answer] = (await once(stream, 'response')) as [{ ':status': number; 'cache-control': string }]
      expect(answer['cache-control']).toBe('no-store')
      return answer[':status']
    }
    try {
      expect(await statusOf({})).toBe(401)
      expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(200)
      expect(await statusOf({ authorization: `Bearer ${token}x` })).toBe(401)
    } finally {
      session.close()
    }
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken, with forward secrecy', async (version) => {
    const socket = await openTls({ minVersion: version, maxVersion: version })
    expect(socket.getProtocol()).toBe(version)
    expect(socket.getCipher().standardName).toMatch(
      /^TLS_(ECDHE_(ECDSA|RSA)_WITH_)?(AES_\d+_GCM|CHACHA20_POLY1305)_SHA\d+$/,
    )
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ type: 'ECDH' })
    socket.destroy()
  })

  test.each<[string, ConnectionOptions]>([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1' }],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA' }],
    ['no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES256-SHA' }],
    ['no authentication', { maxVersion: 'TLSv1.2', ciphers: 'aNULL' }],
  ])('%s is not', async (_what, { ciphers = 'ALL', ...options }) => {
    // Level 0: or it is our side that refuses.
    await expect(openTls({ ...options, ciphers: `${ciphers}:@SECLEVEL=0` })).rejects.toThrow(/alert/)
  })

  test('a browser is told to stay, for a name of ours and not for localhost', async () => {
    const told = async (host: string) =>
      valuesOf(await ask('/healthz', { headers: [['Host', host]] }), 'Strict-Transport-Security')
    expect(await told('gateway.test')).toEqual(['max-age=63072000'])
    for (const host of ['localhost', `localhost:${tlsPort}`, '127.0.0.1', '[::1]'])
      expect(await told(host), host).toEqual([])
  })

  describe('plain HTTP', () => {
    test.each([
      ['/', '/'],
      ['/api/v1/user/profile?page=2', '/api/v1/user/profile?page=2'],
      ['//evil.example/x', '//evil.example/x'],
      ['http://evil.example/x', '/x'],
      ['/%0d%0aSet-Cookie:%20a=b', '/%0d%0aSet-Cookie:%20a=b'],
    ])('%s leads to the gateway, whatever the Host', async (path, target) => {
      const head = 'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close'
      const answer = await sendBytes(plainUrl, `GET ${path} HTTP/1.1\r\n${head}\r\n\r\n`)
      expect(answer.status).toBe(308)
      expect(valuesOf(answer, 'Location')).toEqual([`https://localhost:${tlsPort}${target}`])
      expect(valuesOf(answer, 'Strict-Transport-Security')).toEqual([])
    })

    test('who sends a credential or a body there is told, and not sent on', async () => {
      const answers = [
        await send(plainUrl, '/login', logIn),
        await send(plainUrl, profilePath, { headers: [bearer(token)] }),
        await send(plainUrl, profilePath, { method: 'DELETE' }),
        await send(plainUrl, profilePath, { headers: [['Cookie', `token=${token}`]] }),
        await send(plainUrl, '/login', { ...logIn, method: 'GET' }),
        await send(plainUrl, '/login', { ...logIn, method: 'GET', headers: [['Transfer-Encoding', 'chunked']] }),
      ]
      for (const answer of answers) {
        expect(answer.status).toBe(403)
        expect(valuesOf(answer, 'Content-Type')).toEqual(['application/problem+json'])
        expect(valuesOf(answer, 'Location')).toEqual([])
        expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: 'https-required' })
      }
    })

    test('the gateway says that it is healthy', async () => {
      expect((await send(plainUrl, '/healthz')).status).toBe(200)
    })

    test('at the port for TLS is a problem', async () => {
      const answer = await sendBytes(`http://127.0.0.1:${tlsPort}`, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      expect(answer.status).toBe(400)
      expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: 'bad-request' })
    })
  })

  test('a new certificate is taken up without a request lost', async () => {
    const serial = async () => {
      const socket = await openTls()
      const { serialNumber } = socket.getPeerCertificate()
      socket.destroy()
      return serialNumber
    }
    const before = await serial()
    // A connection each: on one that is kept, a request may cross with its end, and is for the client to send again (RFC 9112 §9.3.1).
    const outcomes: (number | string)[] = []
    let isOver = false
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const sent = ask(profilePath, { headers: [bearer(token)] })
        outcomes.push(await sent.then(({ status }) => status, String))
      }
    })
    await waitUntil('there is load', async () => outcomes.length > 50)

    // On its way when the certificate changes, and finished after it.
    const slow = await openTls()
    const head = 'Host: x\r\nConnection: close\r\nContent-Type: application/json'
    slow.write(`POST /login HTTP/1.1\r\n${head}\r\nContent-Length: ${login.length}\r\n\r\n${login.slice(0, 10)}`)
    const slowAnswer = readAll(slow)

    await certificates.renew()
    expect(await serial(), 'until it is told, nginx keeps the old one').toBe(before)
    gateway.process.kill('SIGHUP')
    await waitUntil('the new certificate is served', async () => (await serial()) !== before, { timeoutMs: 10_000 })
    const after = outcomes.length
    await waitUntil('the load goes on', async () => outcomes.length > after + 50)
    slow.write(login.slice(10))
    expect(parseAnswer(await slowAnswer).status).toBe(200)
    isOver = true
    await Promise.all(load)
    expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([])
    process.stdout.write(`a new certificate under load: ${outcomes.length} requests, none lost\n`)
  })
})
