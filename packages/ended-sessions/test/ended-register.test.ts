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
