import type { Target } from './target.js'

/** One sentence of docs/contract.md, asked of a running service. */
export type Check = {
  name: string
  expected: string
  /** Signs a token with the key of the services, so it cannot be run without. */
  needsKey?: boolean
  /** What was got, in the words of `expected`. Throws CannotCheck when it does not come so far. */
  run: (target: Target) => Promise<string>
  /** Whether that is as expected; when absent, only the very words of `expected` are. */
  accepts?: (got: string) => boolean
}

/** The checks of one part of the contract. */
export type CheckGroup = { title: string; checks: Check[] }

/** What a check builds on is not there; the message says what, and is its result. */
export class CannotCheck extends Error {
  override readonly name = 'CannotCheck'
}
