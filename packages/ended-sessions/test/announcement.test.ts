import { expect, it } from 'vitest'
import { parseAnnouncement } from '../src/announcement.js'

const sid = '0b9f6f0e-6f2c-4f0b-9d3e-1c2d3e4f5a6b'

it('reads which session ended, how long to remember it, and when it ended', () => {
  expect(parseAnnouncement(`${sid} 1800000900 1800000000123`)).toEqual({
    sid,
    until: 1_800_000_900,
    endedAtMs: 1_800_000_000_123,
  })
})

it.each([
  ['nothing', undefined],
  ['an empty payload', ''],
  ['a word', 'hello'],
  ['no session', '1800000900 1800000000123'],
  ['a session alone', sid],
  ['one field too many', `${sid} 1800000900 1800000000123 1`],
  ['capitals, in which Postgres does not write', `${sid.toUpperCase()} 1800000900 1800000000123`],
  ['a time that is none', `${sid} NaN 1800000000123`],
  ['a time that is negative', `${sid} -1 1800000000123`],
  ['a time without end', `${sid} ${'9'.repeat(400)} 1800000000123`],
  ['two lines', `${sid} 1800000900 1800000000123\n`],
])('makes nothing of %s', (_what, payload) => {
  expect(parseAnnouncement(payload)).toBeUndefined()
})
