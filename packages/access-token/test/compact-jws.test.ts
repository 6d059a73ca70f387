import { expect, it } from 'vitest'
import { decodeCompactJws } from '../src/compact-jws.js'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
const header = encode('{"alg":"HS256"}')
const payload = encode('{"sub":"1"}')
const signature = encode(new Uint8Array(32))

it('decodes the two JSON parts', () => {
  expect(decodeCompactJws(`${header}.${payload}.${signature}`)).toEqual({
    header: { alg: 'HS256' },
    payload: { sub: '1' },
  })
})

it.each([
  ['one part', header],
  ['two parts', `${header}.${payload}`],
  ['four parts', `${header}.${payload}.${signature}.${signature}`],
  ['an empty header', `.${payload}.${signature}`],
  ['an empty payload', `${header}..${signature}`],
  ['an empty signature', `${header}.${payload}.`],
  ['padding', `${header}=.${payload}.${signature}`],
  ['the base64 alphabet', `${header}.${payload}.+/${signature.slice(2)}`],
  ['a trailing newline', `${header}.${payload}.${signature}\n`],
  ['non-canonical trailing bits', `${header}.${payload}.${signature.slice(0, -1)}B`],
  ['a payload that is an array', `${header}.${encode('[1]')}.${signature}`],
  ['a payload that is a string', `${header}.${encode('"1"')}.${signature}`],
  ['a payload that is null', `${header}.${encode('null')}.${signature}`],
  ['a payload that is no JSON', `${header}.${encode('{sub:1}')}.${signature}`],
  ['a payload that is no UTF-8', `${header}.${encode(new Uint8Array([0x22, 0xff, 0x22]))}.${signature}`],
  ['a byte order mark', `${header}.${encode('\ufeff{"sub":"1"}')}.${signature}`],
  ['more than 1 KiB', `${header}.${encode(`{"sub":"${'1'.repeat(1000)}"}`)}.${signature}`],
])('refuses %s', (_what, token) => {
  expect(decodeCompactJws(token)).toBeUndefined()
})
