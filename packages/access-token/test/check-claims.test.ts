import { describe, expect, it } from 'vitest'
import { checkClaims } from '../src/check-claims.js'

const now = 1_800_000_000
const policy = { issuer: 'auth-service', audience: 'api-service', leewaySeconds: 0 }
const good = { iss: 'auth-service', aud: 'api-service', sub: '1', iat: now - 10, exp: now + 890, jti: 'a' }

const judge = (changes: Record<string, unknown>, leewaySeconds = 0) => {
  const claims = Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined))
  const verdict = checkClaims(claims, { ...policy, leewaySeconds }, now)
  return verdict.ok ? 'accepted' : verdict.refusal
}

describe('accepts', () => {
  it.each([
    ['what the contract says', {}],
    ['an audience among others', { aud: ['other', 'api-service'] }],
    ['no iat and no jti', { iat: undefined, jti: undefined }],
    ['nbf equal to now', { nbf: now }],
    ['exp a second ahead', { exp: now + 1 }],
  ])('%s', (_what, changes) => {
    expect(judge(changes)).toBe('accepted')
  })
})

describe('refuses', () => {
  it.each([
    ['exp equal to now (RFC 7519 §4.1.4: on or after)', { exp: now }, 'expired'],
    ['exp in the past', { exp: now - 1 }, 'expired'],
    ['no exp', { exp: undefined }, 'bad-claims'],
    ['exp as a string', { exp: String(now + 9) }, 'bad-claims'],
    ['exp beyond numbers', { exp: Number.POSITIVE_INFINITY }, 'bad-claims'],
    ['nbf ahead', { nbf: now + 1 }, 'not-yet-valid'],
    ['nbf as a string', { nbf: '0' }, 'bad-claims'],
    ['iat as a string', { iat: 'yesterday' }, 'bad-claims'],
    ['jti as a number', { jti: 7 }, 'bad-claims'],
    ['another issuer', { iss: 'somebody' }, 'wrong-issuer'],
    ['the issuer in an array', { iss: ['auth-service'] }, 'wrong-issuer'],
    ['no issuer', { iss: undefined }, 'wrong-issuer'],
    ['another audience', { aud: 'other' }, 'wrong-audience'],
    ['an array without ours', { aud: ['other'] }, 'wrong-audience'],
    ['an array that is not all strings', { aud: ['api-service', 1] }, 'wrong-audience'],
    ['audience as a number', { aud: 1 }, 'wrong-audience'],
    ['no audience', { aud: undefined }, 'wrong-audience'],
    ['no subject', { sub: undefined }, 'no-subject'],
    ['an empty subject', { sub: '' }, 'no-subject'],
    ['a numeric subject', { sub: 1 }, 'no-subject'],
  ])('%s', (_what, changes, refusal) => {
    expect(judge(changes)).toBe(refusal)
  })
})

describe('leeway', () => {
  it.each([
    ['exp within it', { exp: now - 4 }, 'accepted'],
    ['exp at its end', { exp: now - 5 }, 'expired'],
    ['nbf within it', { nbf: now + 5 }, 'accepted'],
    ['nbf beyond it', { nbf: now + 6 }, 'not-yet-valid'],
  ])('%s', (_what, changes, outcome) => {
    expect(judge(changes, 5)).toBe(outcome)
  })
})
