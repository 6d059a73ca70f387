import type { Header } from './send.js'

const cases = 2 ** 'bearer'.length
let made = 0

/**
 * The same token in a spelling that was not used before, so that no verdict is remembered for it: the scheme's case does not matter, nor
 * does the number of spaces after it (one to 32).
 */
export function unrememberedBearer(token: string): Header {
  const scheme = [...'bearer'].map((letter, bit) => ((made >> bit) & 1 ? letter.toUpperCase() : letter)).join('')
  const spaces = ' '.repeat(1 + (Math.floor(made / cases) % 32))
  made++
  return ['Authorization', `${scheme}${spaces}${token}`]
}

/** Of the right form, and signed by nobody. */
export const unsignedToken = [
  Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url'),
  Buffer.from('{"iss":"auth-service","aud":"api-service","sub":"1","exp":4102444800}').toString('base64url'),
  Buffer.from('signed by nobody, and 32 bytes so').toString('base64url'),
].join('.')
