import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import { AdminError } from './admin-error.js'

type PasswordRules = { minCharacters: number }

/** A password that a list of the common ones, with their usual variations, finds in fewer guesses than this is refused. */
const fewGuesses = 1e8

// Never in a password: what it is for.
const serviceWords = ['auth-stack', 'auth', 'login', 'password']

/**
 * Throws an AdminError for a password that is too weak. NIST SP 800-63B-4 §3.1.1.2: long enough, not among the common and expected ones (for
 * which zxcvbn undoes capitals, look-alike digits, repetition and rows of the keyboard), nothing about which characters it has. Unicode is
 * not normalised, as it is not at login (docs/contract.md).
 */
export function checkPassword(password: string, username: string, { minCharacters }: PasswordRules): void {
  if ([...password].length < minCharacters) throw tooWeak(`has fewer than ${minCharacters} characters`)
  if (password.includes('\0')) throw tooWeak('holds a NUL')
  // bcrypt reads 72 bytes and ignores the rest, so a longer password is refused rather than cut.
  if (Buffer.byteLength(password) > 72) throw tooWeak('has more than 72 bytes')
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  const expected = [username, ...username.split(/[^a-z0-9]+/), ...serviceWords].filter((word) => word !== '')
  if (zxcvbn.check(password, expected).guesses < fewGuesses) throw tooWeak('is a common one, or easily guessed')
}

const tooWeak = (why: string) => new AdminError(`The password ${why}`)
