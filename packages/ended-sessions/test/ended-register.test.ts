import { expect, it } from 'vitest'
import { createEndedRegister } from '../src/ended-register.js'

const noonSeconds = 1_800_000_000

function registerAtNoon() {
  let seconds = noonSeconds
  const register = createEndedRegister({ nowMs: () => seconds * 1000 })
  return {
    register,
    sweepAfter(passed: number) {
      seconds = noonSeconds + passed
      register.sweep()
    },
  }
}

it('remembers a session for as long as its tokens can live and a minute more, and then no longer', () => {
  const { register, sweepAfter } = registerAtNoon()
  register.add('a', noonSeconds + 900)
  register.add('b', noonSeconds + 600)
  sweepAfter(660)
  expect([register.has('a'), register.has('b'), register.size]).toEqual([true, true, 2])
  sweepAfter(720)
  expect([register.has('a'), register.has('b'), register.size]).toEqual([true, false, 1])
  sweepAfter(961)
  expect(register.size).toBe(0)
})

it('looks for what is past at most once a minute', () => {
  const { register, sweepAfter } = registerAtNoon()
  register.add('a', noonSeconds - 100)
  sweepAfter(59)
  expect(register.size).toBe(1)
  sweepAfter(60)
  expect(register.size).toBe(0)
})

it('says whether a session was news', () => {
  const { register } = registerAtNoon()
  expect(register.add('a', noonSeconds)).toBe(true)
  expect(register.add('a', noonSeconds)).toBe(false)
  expect(register.size).toBe(1)
})

it('is not brought to forget a session sooner by being told of it again', () => {
  const { register, sweepAfter } = registerAtNoon()
  register.add('a', noonSeconds + 900)
  register.add('a', 0)
  sweepAfter(900)
  expect(register.has('a')).toBe(true)
})

it('remembers none for longer than an access token can be made to live', () => {
  const { register, sweepAfter } = registerAtNoon()
  register.add('a', 99_999_999_999)
  sweepAfter(86_400)
  expect(register.has('a')).toBe(true)
  sweepAfter(86_461)
  expect(register.size).toBe(0)
})
