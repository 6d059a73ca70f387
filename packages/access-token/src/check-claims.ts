import type { AccessTokenClaims, ClaimsPolicy } from './claims.js'
import { refuse, type Verdict } from './refusal.js'

/**
 * Judges decoded claims (RFC 7519 §4.1). Pure: the caller supplies the clock, in seconds since the epoch.
 * The only place where claims are judged: the engines and the services all come here.
 */
export function checkClaims(
  claims: Record<string, unknown>,
  policy: ClaimsPolicy,
  nowSeconds: number,
): Verdict<AccessTokenClaims> {
  const { iss, aud, sub, exp, nbf, iat, jti, sid } = claims
  const timesAreTimes = isTime(exp) && [nbf, iat].every((claim) => isAbsentOr(isTime, claim))
  const identifiersAreStrings = [jti, sid].every((claim) => isAbsentOr(isString, claim))
  if (!timesAreTimes || !identifiersAreStrings) return refuse('bad-claims')
  if (iss !== policy.issuer) return refuse('wrong-issuer')
  if (!namesAudience(aud, policy.audience)) return refuse('wrong-audience')
  if (!isString(sub) || sub === '') return refuse('no-subject')
  // "On or after" the expiry it is refused (RFC 7519 §4.1.4), so a token dies in the very second it names.
  if (nowSeconds >= exp + policy.leewaySeconds) return refuse('expired')
  if (nbf !== undefined && nowSeconds < (nbf as number) - policy.leewaySeconds) return refuse('not-yet-valid')
  return { ok: true, claims: claims as AccessTokenClaims }
}

const isString = (value: unknown): value is string => typeof value === 'string'
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isAbsentOr = (matches: (value: unknown) => boolean, value: unknown) => value === undefined || matches(value)

/** RFC 7519 §4.1.3: the audience is one string, or an array of them that holds ours. */
function namesAudience(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.every(isString) && aud.includes(audience))
}
