import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { tokenOf } from '../client/log-in.js'
import { bearer, send } from '../client/send.js'
import { openConnection, readAll } from '../client/send-bytes.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

const timeoutMs = 2000

describe.runIf(inject('isLocal'))('row 26: a client who is too slow is cut off, and holds up nobody', () => {
  let stack: OwnStack
  let url: string

  beforeAll(async () => {
    stack = await startOwnStack()
    // 10 seconds as they come; shorter here, so that the test need not wait for them.
    const shorten = (directive: string) => ({
      file: 'includes/request-limits.conf',
      find: `${directive} 10s;`,
      put: `${directive} ${timeoutMs / 1000}s;`,
    })
    url = (await stack.startGateway(['client_header_timeout', 'client_body_timeout'].map(shorten))).url
  })
  afterAll(() => stack?.stop())

  test('with a header of a byte a second', async () => {
    const socket = await openConnection(url)
    const typing = typeSlowly(socket, `GET ${profilePath} HTTP/1.1\r\nHost: x\r\n`)
    try {
      const { heldMs, said } = await holdOn(socket)
      expect(heldMs).toBeLessThan(timeoutMs + 3000)
      expect(said).not.toMatch(/^HTTP\/1\.1 2/)
    } finally {
      clearInterval(typing)
    }
  })

  test('with a body that does not come', async () => {
    const socket = await openConnection(url)
    const token = await tokenOf('alice', url)
    const head = `Host: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n`
    socket.write(`POST ${profilePath} HTTP/1.1\r\n${head}\r\nonly a part`)
    const { heldMs, said } = await holdOn(socket)
    expect(heldMs).toBeLessThan(timeoutMs + 3000)
    expect(said).not.toMatch(/^HTTP\/1\.1 2/)
  })

  /** How long the gateway keeps the connection, and what it says on it; meanwhile everybody else is served. */
  async function holdOn(socket: Socket) {
    const startedAt = performance.now()
    let heldMs: number | undefined
    const said = readAll(socket).then((text) => {
      heldMs = performance.now() - startedAt
      return text
    })
    const headers = [bearer(await tokenOf('alice', url))]
    while (heldMs === undefined && performance.now() - startedAt < 10_000) {
      const answer = await send(url, profilePath, { headers, timeoutMs: 1000 })
      expect(answer.status).toBe(200)
    }
    socket.destroy()
    return { said: await said, heldMs }
  }
})

function typeSlowly(socket: Socket, text: string): NodeJS.Timeout {
  const letters = [...text]
  return setInterval(() => socket.write(letters.shift() ?? ''), 1000)
}
