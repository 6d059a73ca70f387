import { generateKeyPairSync } from 'node:crypto'
import { judgeToken, tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { goodClaims, handMadeToken, hs256Header, keyChoiceVectors } from '@auth-stack/token-vectors'
import { describe, expect, it, vi } from 'vitest'
import { createJwtSigner, createJwtVerifier } from '../src/jwt-by-key.js'
import type { VerificationKey } from '../src/keys.js'
import { parsePrivateKey, secretKey } from '../src/parse-keys.js'
import { createVerifySignature } from '../src/verify-signature.js'
import { ec, privatePem, rsa } from './key-pairs.js'

const nowSeconds = 1_800_000_000
const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 }
const [first, second, third] = ['first', 'second', 'third'].map((name) =>
  secretKey(Buffer.from(name.padEnd(32, '-'))),
) as [ReturnType<typeof secretKey>, ReturnType<typeof secretKey>, ReturnType<typeof secretKey>]
const ecKey = parsePrivateKey(privatePem(ec.privateKey))
const rsaKey = parsePrivateKey(privatePem(rsa.privateKey))
const otherEcKey = parsePrivateKey(privatePem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))

const judge = (token: string, verifySignature: ReturnType<typeof createVerifySignature>) => {
  const verdict = judgeToken(token, verifySignature, policy, nowSeconds)
  return verdict.ok ? 'accepted' : verdict.refusal
}
const verifierOf = (...keys: VerificationKey[]) => createVerifySignature({ keys, prepare: createJwtVerifier })
const bySecret = ({ secret }: { secret: Uint8Array }) =>
  handMadeToken(hs256Header, goodClaims(nowSeconds), { key: secret })
const sign = (key: Parameters<typeof createJwtSigner>[0]) => createJwtSigner(key)(goodClaims(nowSeconds))

it('accepts what any of its secrets signed, and nothing else', () => {
  const verify = verifierOf(first, second)
  expect([first, second, third].map((key) => judge(bySecret(key), verify))).toEqual([
    'accepted',
    'accepted',
    'bad-signature',
  ])
})

it('picks among keys of one algorithm by kid', () => {
  const verify = verifierOf(ecKey, otherEcKey)
  expect([ecKey, otherEcKey].map((key) => judge(sign(key), verify))).toEqual(['accepted', 'accepted'])
  expect(judge(sign(rsaKey), verify)).toBe('wrong-algorithm')
  expect(judge(sign(otherEcKey), verifierOf(ecKey))).toBe('unknown-key')
  expect(judge(bySecret(first), verify)).toBe('wrong-algorithm')
})

it('calls a key unknown, not its algorithm wrong, when keys of it may yet come', () => {
  const expecting = createVerifySignature({
    keys: [first],
    furtherAlgorithms: ['ES256', 'RS256'],
    prepare: createJwtVerifier,
  })
  expect([sign(ecKey), sign(rsaKey), bySecret(second)].map((token) => judge(token, expecting))).toEqual([
    'unknown-key',
    'unknown-key',
    'bad-signature',
  ])
})

it('makes each key ready once, and asks none that the token does not name', () => {
  const verified = vi.fn(() => true)
  const prepare = vi.fn(() => verified)
  const verify = createVerifySignature({ keys: [first, ecKey, rsaKey], prepare })
  for (const kid of [ecKey.kid, ecKey.kid, 'nobody']) verify('token', { alg: 'ES256', kid })
  verify('token', { alg: 'RS256', kid: ecKey.kid })
  expect(prepare).toHaveBeenCalledTimes(3)
  expect(verified).toHaveBeenCalledTimes(2)
})

describe('with a key of each algorithm it judges', () => {
  const verify = verifierOf(first, ecKey, rsaKey)
  const vectors = keyChoiceVectors({
    secret: first.secret,
    ec: { kid: ecKey.kid, privateKey: ec.privateKey },
    rsa: { kid: rsaKey.kid, privateKey: rsa.privateKey },
    nowSeconds,
  })
  it.each(vectors)('$what', ({ token, outcome }) => {
    expect(judge(token, verify)).toBe(outcome)
  })
})
