import { expect, it } from 'vitest'
import { parseBearer } from '../src/bearer-token.js'

it.each(['Bearer abc.def.ghi', 'bearer abc.def.ghi', 'BEARER abc.def.ghi', 'Bearer   abc.def.ghi'])(
  'takes the token out of "%s"',
  (header) => {
    expect(parseBearer(header)).toEqual({ ok: true, token: 'abc.def.ghi' })
  },
)

it.each([undefined, '', 'Basic YWxpY2U6cA==', 'abc.def.ghi', 'Bearerabc', 'Bearer-Token abc', 'x'.repeat(70_000)])(
  'calls %j absent',
  (header) => {
    expect(parseBearer(header)).toEqual({ ok: false, refusal: 'absent' })
  },
)

it.each([
  'Bearer',
  'Bearer ',
  'Bearer\tabc.def.ghi',
  'Bearer abc def',
  'Bearer abc, Bearer def',
  'Bearer abc\n',
  'Bearer ä.b.c',
  `Bearer ${'a'.repeat(1025)}`,
  `Bearer ${' '.repeat(70_000)}a`,
])('calls %.40j malformed', (header) => {
  expect(parseBearer(header)).toEqual({ ok: false, refusal: 'malformed' })
})

it('takes a token of exactly 1 KiB', () => {
  expect(parseBearer(`Bearer ${'a'.repeat(1024)}`).ok).toBe(true)
})
