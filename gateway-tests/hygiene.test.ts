import { expect, inject, test } from 'vitest'
import { hasHeadersOnEveryAnswer } from './checks/answer-headers.js'
import { tokenOf } from './client/log-in.js'
import { bearer, type Header, valuesOf } from './client/send.js'
import { sendBytes } from './client/send-bytes.js'

const gateway = inject('gateway')

test('every answer says that it is kept nowhere, is what it says it is, and is shown in no frame; once', () =>
  hasHeadersOnEveryAnswer(gateway))

test('no path and no Host leads anywhere else', async () => {
  const token = bearer(await tokenOf('alice', gateway.url))
  const paths = [
    '/api/v1',
    '/login/',
    '//evil.example',
    '//evil.example/..',
    '/\\evil.example',
    '/%5cevil.example',
    '/%2f%2fevil.example',
    '/api/v1//evil.example',
    '/api/v1/user/profile/',
    '/x?to=https://evil.example',
    'http://evil.example/api/v1',
  ]
  for (const path of paths) {
    for (const extra of [[], [token], [['X-Forwarded-Host', 'evil.example']]] satisfies Header[][]) {
      const lines = [['Host', 'evil.example'], ['Connection', 'close'], ...extra].map(
        ([name, value]) => `${name}: ${value}`,
      )
      const answer = await sendBytes(gateway.url, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      expect([400, 401, 404], path).toContain(answer.status)
      expect(valuesOf(answer, 'Location'), path).toEqual([])
      expect(JSON.stringify(answer), path).not.toContain('evil')
    }
  }
})
