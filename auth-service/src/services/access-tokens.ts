import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import type { SessionOfUser } from '../data/session-repository.js'

type AccessTokensDeps = {
  accessTokenSeconds: number
  nowSeconds: () => number
  newTokenId: () => string
  /** From 0 to, but not, 1. */
  random: () => number
}

/** From when until when a token is good, in seconds since the epoch. */
export type Lifetime = { iat: number; exp: number }

/** What is answered with a new pair of tokens. Both times are in seconds. */
export type TokenPair = {
  token: string
  tokenType: 'Bearer'
  expiresIn: number
  refreshToken: string
  refreshExpiresIn: number
}

// By so much of its time a token may end earlier, so that clients that got theirs at once do not come back at once.
const greatestShortening = 0.05

/** What an access token says. When it will expire has to be known before whose it is: it is written down with the session. */
export function createAccessTokens({ accessTokenSeconds, nowSeconds, newTokenId, random }: AccessTokensDeps) {
  return {
    newLifetime(): Lifetime {
      const iat = nowSeconds()
      return { iat, exp: iat + Math.round(accessTokenSeconds * (1 - greatestShortening * random())) }
    },

    claims: ({ sessionId, userId }: SessionOfUser, { iat, exp }: Lifetime) => ({
      iss: tokenIssuer,
      aud: tokenAudience,
      sub: userId,
      iat,
      exp,
      jti: newTokenId(),
      sid: sessionId,
    }),
  }
}

export type AccessTokens = ReturnType<typeof createAccessTokens>

/** The lifetime, cut so that it ends with its session, `sessionSeconds` after `iat` at most. */
export const withinSession = ({ iat, exp }: Lifetime, sessionSeconds: number): Lifetime => ({
  iat,
  exp: Math.min(exp, iat + sessionSeconds),
})
