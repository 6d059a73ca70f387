import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { expectApiSawNothing } from './checks/api-log.js'
import { profilePath } from './checks/gateway.js'
import { unrememberedBearer } from './client/credentials.js'
import { tokenOf } from './client/log-in.js'
import { bearer, type Header, send } from './client/send.js'
import { openConnection, sendBytes } from './client/send-bytes.js'

const gateway = inject('gateway')
const kilobyte = 1024

test('row 26: 100 headers are no reason to refuse', async () => {
  const many = Array.from({ length: 100 }, (_, index): Header => [`X-Filler-${index}`, 'x'.repeat(20)])
  const token = await tokenOf('alice', gateway.url)
  const answer = await send(gateway.url, profilePath, { headers: [...many, unrememberedBearer(token)] })
  expect(answer.status).toBe(200)
})

test.each([
  ['one of 64 KB', `X-Filler: ${'x'.repeat(64 * kilobyte)}\r\n`],
  ['100 that make 64 KB', `X-Filler: ${'x'.repeat(640)}\r\n`.repeat(100)],
  ['10,000 that are empty', 'X: \r\n'.repeat(10_000)],
])('row 26: headers that are too large, %s, are 431', async (_what, headers) => {
  const token = await tokenOf('alice', gateway.url)
  const head = `Host: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n${headers}`
  const answer = await sendBytes(gateway.url, `GET ${profilePath} HTTP/1.1\r\n${head}\r\n`)
  await expectApiSawNothing(gateway, [answer])
  expect([400, 431]).toContain(answer.status)
})

test('row 26: clients who send a byte at a time keep nobody waiting', async () => {
  const headers = [bearer(await tokenOf('alice', gateway.url))]
  const slow = await Promise.all(Array.from({ length: 50 }, () => openConnection(gateway.url)))
  try {
    const rest = [...`GET ${profilePath} HTTP/1.1\r\n`]
    for (let second = 0; second < 3; second++) {
      for (const socket of slow) socket.write(rest[second] ?? '')
      for (let request = 0; request < 10; request++) {
        const answer = await send(gateway.url, profilePath, { headers, timeoutMs: 2000 })
        expect(answer.status).toBe(200)
      }
      await sleep(500)
    }
  } finally {
    for (const socket of slow) {
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    }
  }
})
