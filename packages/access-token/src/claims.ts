/** What an access token of this stack says (RFC 7519 §4.1). All times are whole seconds since the epoch. */
export type AccessTokenClaims = {
  iss: string
  aud: string | string[]
  /** The user's id, as a string. */
  sub: string
  exp: number
  iat?: number
  nbf?: number
  jti?: string
  /** The session it was issued for; one without belongs to none and cannot be ended before it expires. */
  sid?: string
}

/** What a reader demands of a token's claims. */
export type ClaimsPolicy = {
  issuer: string
  audience: string
  /** Seconds by which the clocks of two machines may differ; applied to `exp` and `nbf` alike. */
  leewaySeconds: number
}

/** Who issues this stack's tokens and whom they are for. Part of the contract, so not configurable. */
export const tokenIssuer = 'auth-service'
export const tokenAudience = 'api-service'
