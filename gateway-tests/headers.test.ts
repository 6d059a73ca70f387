import { expect, inject, test } from 'vitest'
import { profilePath } from './checks/gateway.js'
import { identityHeaders } from './checks/identity-headers.js'
import { expectNothingPasses } from './checks/nothing-passes.js'
import { unrememberedBearer } from './client/credentials.js'
import { tokenOf } from './client/log-in.js'
import { bearer, type Header, send } from './client/send.js'
import { sendBytes } from './client/send-bytes.js'

const gateway = inject('gateway')

test('row 7: who says to be somebody else is answered as who the token names', async () => {
  for (const value of ['2', 'bob', 'bob@example.com']) {
    const headers = [
      bearer(await tokenOf('alice', gateway.url)),
      ...identityHeaders.map(([name]): Header => [name, value]),
    ]
    const answer = await send(gateway.url, profilePath, { headers })
    expect(JSON.parse(answer.body).data).toMatchObject({ id: '1', username: 'alice' })
  }
})

test('row 7: who says to be somebody and has no token is nobody', () =>
  expectNothingPasses(gateway, [{ path: profilePath, headers: identityHeaders }], [401]))

test.each<Header>([
  ['If-None-Match', '*'],
  ['If-None-Match', '"x"'],
  ['If-Match', '*'],
  ['If-Match', '"x"'],
  ['If-Modified-Since', 'Thu, 31 Dec 2099 23:59:59 GMT'],
  ['If-Unmodified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['If-Range', '"x"'],
  ['Range', 'bytes=0-0'],
  ['Range', 'bytes=99999-'],
])(
  'row 13: %s: %s changes nothing for who has a token, whether the verdict is remembered or not',
  async (...header) => {
    const token = await tokenOf('alice', gateway.url)
    for (const credential of [unrememberedBearer(token), bearer(token), bearer(token)]) {
      const answer = await send(gateway.url, profilePath, { headers: [credential, header] })
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body).data.username).toBe('alice')
    }
    await expectNothingPasses(gateway, [{ path: profilePath, headers: [header] }], [401])
  },
)

const upgrades: [what: string, headers: Header[]][] = [
  [
    'a WebSocket handshake',
    [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ],
  ],
  [
    'what curl --http2 sends',
    [
      ['Connection', 'Upgrade, HTTP2-Settings'],
      ['Upgrade', 'h2c'],
      ['HTTP2-Settings', 'AAMAAABkAAQCAAAAAAIAAAAA'],
    ],
  ],
  ['Upgrade on its own', [['Upgrade', 'h2c']]],
  ['an Upgrade of the token', [['Connection', 'close, Authorization, X-Request-Id']]],
]

test.each(upgrades)('row 23: %s is answered in plain HTTP', async (_what, headers) => {
  const credential = unrememberedBearer(await tokenOf('alice', gateway.url))
  const answer = await send(gateway.url, profilePath, { headers: [...headers, credential] })
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body).data.username).toBe('alice')
  await expectNothingPasses(gateway, [{ path: profilePath, headers }], [401])
})

test('row 23: HTTP/2 without asking first is refused cleanly', async () => {
  const answer = await sendBytes(gateway.url, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  expect([400, 505]).toContain(answer.status)
})
