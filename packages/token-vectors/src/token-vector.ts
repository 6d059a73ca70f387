import type { Refusal } from '@auth-stack/access-token'

/** A token that every reader has to judge alike. `outcome` is ours by name; over HTTP it is 200 or 401. */
export type TokenVector = { what: string; token: string; outcome: 'accepted' | Refusal }

/** A row of a table of vectors. */
export type TokenVectorRow = [what: string, token: string, outcome: TokenVector['outcome']]

export const toVectors = (rows: TokenVectorRow[]): TokenVector[] =>
  rows.map(([what, token, outcome]) => ({ what, token, outcome }))
