import { printable } from './printable.js'

/** What a person can mend: the message says what is wrong, in a line or a few. Ends with exit code 1. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}

/** We do not understand what is wanted. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const noSuchUser = (username: string) => new AdminError(`There is no user ${printable(username)}`)
