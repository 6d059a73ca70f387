import { goodClaims, handMadeToken, hs256Header } from './hand-made-token.js'
import { type TokenVector, toVectors } from './token-vector.js'

type LeewayVectorsOptions = { signingKey: Uint8Array; nowSeconds: number; leewaySeconds: number }

/** The edges of `exp` and `nbf`. True in the very second `nowSeconds` only, so for a reader whose clock can be set. */
export function leewayVectors({ signingKey, nowSeconds, leewaySeconds }: LeewayVectorsOptions): TokenVector[] {
  const withClaims = (changes: object) =>
    handMadeToken(hs256Header, { ...goodClaims(nowSeconds), ...changes }, { key: signingKey })

  return toVectors([
    ['exp within leeway', withClaims({ exp: nowSeconds - leewaySeconds + 1 }), 'accepted'],
    ['exp equal to now and leeway', withClaims({ exp: nowSeconds - leewaySeconds }), 'expired'],
    ['exp beyond leeway', withClaims({ exp: nowSeconds - leewaySeconds - 1 }), 'expired'],
    ['a fraction of a second in exp', withClaims({ exp: nowSeconds - leewaySeconds + 0.5 }), 'accepted'],
    ['nbf within leeway', withClaims({ nbf: nowSeconds + leewaySeconds }), 'accepted'],
    ['nbf ahead of leeway', withClaims({ nbf: nowSeconds + leewaySeconds + 1 }), 'not-yet-valid'],
  ])
}
