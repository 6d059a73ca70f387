import { describe, expect, it } from 'vitest'
import { checkPassword } from '../src/password-rules.js'

const check = (password: string, username = 'wilhelmina', minCharacters = 15) =>
  checkPassword(password, username, { minCharacters })

it.each([
  ['words', 'seven blue herons wade'],
  ['small letters only: nothing is demanded of the characters', 'zqxwvutkjpbnmrty'],
  ['digits only, when they are random', '839201746592031'],
  ['15 characters of more than one unit each', 'ünï ❤ ₤ødé 漢字 кр'],
  ['72 bytes', `${'correct horse battery staple '.repeat(2)}a tale told`.padEnd(72, 'qz7!')],
])('accepts %s', (_what, password) => {
  expect(() => check(password)).not.toThrow()
})

describe('refuses', () => {
  it.each([
    ['14 characters', 'x7!kQ0v9zLmP2w', 'fewer than 15 characters'],
    ['14 characters of two units', '💚🐢🌵🎲🧲🪁🧵🦔🌋🥨🪗🧿🛶🪁', 'fewer than 15 characters'],
    ['73 bytes', 'x7!kQ0v9zLmP2w'.repeat(6).slice(0, 73), 'more than 72 bytes'],
    ['73 bytes in 37 characters', `${'é'.repeat(36)}x`, 'more than 72 bytes'],
    ['a NUL', 'seven blue\0herons wade', 'holds a NUL'],
    ['a common password twice', 'passwordpassword', 'common'],
    ['a common password and digits', 'password1234567', 'common'],
    ['a common password with look-alikes', 'P@ssw0rdP@ssw0rd!', 'common'],
    ['one letter', 'aaaaaaaaaaaaaaaaaaaa', 'common'],
    ['a row of the keyboard', 'qwertyuiopasdfgh', 'common'],
    ['the alphabet', 'abcdefghijklmnop', 'common'],
    ['counting', '123456789012345', 'common'],
    ['the name of the user', 'wilhelminawilhelmina', 'common'],
    ['the name of the user and a year', 'Wilhelmina-2026', 'common'],
    ['what it is for', 'auth-stackauth-stack', 'common'],
  ])('%s', (_what, password, why) => {
    expect(() => check(password)).toThrow(why)
  })
})

it('takes from a name with parts each of them', () => {
  expect(() => check('featherstonehaugh1', 'w.featherstonehaugh@example.org')).toThrow('common')
  expect(() => check('featherstonehaugh1', 'somebody')).not.toThrow()
})

it('demands as many characters as it is told', () => {
  expect(() => check('k7 wren-lute', 'somebody', 8)).not.toThrow()
  expect(() => check('k7 wren', 'somebody', 8)).toThrow('fewer than 8 characters')
})

it('never says what the password was', () => {
  try {
    check('hunter2hunter2hunter2')
    expect.unreachable()
  } catch (error) {
    expect((error as Error).message).not.toContain('hunter')
  }
})
