import { expect } from 'vitest'
import { unsignedToken } from '../client/credentials.js'
import { tokenOf } from '../client/log-in.js'
import { type Answer, bearer, type RequestOptions, send, valuesOf } from '../client/send.js'
import { sendBytes } from '../client/send-bytes.js'
import { profilePath } from './gateway.js'

type Target = { url: string }

/** An answer of every kind: by the services and by nginx, good and bad. */
async function answersOf({ url }: Target): Promise<[what: string, answer: Answer][]> {
  const token = bearer(await tokenOf('alice', url))
  const logIn = (body: string): RequestOptions => ({
    method: 'POST',
    headers: [['Content-Type', 'application/json']],
    body,
  })
  const head = 'Host: x\r\nConnection: close\r\n'
  return [
    ['a token', await send(url, '/login', logIn('{"username":"alice","password":"password123"}'))],
    ['a wrong password', await send(url, '/login', logIn('{"username":"alice","password":"wrong"}'))],
    ['no login', await send(url, '/login', logIn('{}'))],
    ['a login too large', await send(url, '/login', logIn('x'.repeat(5000)))],
    ['a GET of /login', await send(url, '/login')],
    ['a profile', await send(url, profilePath, { headers: [token] })],
    ['no token', await send(url, profilePath)],
    ['a bad token', await send(url, profilePath, { headers: [bearer(unsignedToken)] })],
    ['two tokens', await send(url, profilePath, { headers: [token, token] })],
    ['nothing behind the gate', await send(url, '/api/v1/nothing', { headers: [token] })],
    [
      'a body too large',
      await send(url, profilePath, { method: 'POST', headers: [token], body: 'x'.repeat(5_000_000) }),
    ],
    ['health', await send(url, '/healthz')],
    ['nothing', await send(url, '/nothing')],
    ['no HTTP', await sendBytes(url, 'HELLO\r\n\r\n')],
    ['a header too large', await sendBytes(url, `GET / HTTP/1.1\r\n${head}A: ${'a'.repeat(9000)}\r\n\r\n`)],
  ]
}

const onEveryAnswer = {
  // With a token in it or about one: also what nginx says by itself.
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
}

/** Every answer has these once, whoever makes it, and nothing that says what made it. */
export async function hasHeadersOnEveryAnswer(gateway: Target) {
  for (const [what, answer] of await answersOf(gateway)) {
    for (const [name, value] of Object.entries(onEveryAnswer)) {
      expect(valuesOf(answer, name), `${name} of ${what}`).toEqual([value])
    }
    expect(valuesOf(answer, 'Server'), `Server of ${what}`).toEqual(['nginx'])
    for (const name of ['X-Powered-By', 'Via', 'ETag', 'Set-Cookie', 'Strict-Transport-Security']) {
      expect(valuesOf(answer, name), `${name} of ${what}`).toEqual([])
    }
    expect(answer.body, `what ${what} says`).not.toMatch(/node_modules|\n {4}at |\.[jt]s:\d+|nginx\/|express/i)
  }
}
