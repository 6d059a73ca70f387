import type { AccessTokenClaims, Verdict } from '@auth-stack/access-token'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { expect, it } from 'vitest'
import { createVerifiedTokens } from '../../src/crypto/verified-tokens.js'

const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 }
const claims = { iss: tokenIssuer, aud: tokenAudience, sub: '1', exp: 1000, sid: 'session' }

/** A judge that answers `verdict`, what it was asked, and a clock. */
function setUp(verdict: Verdict<AccessTokenClaims> = { ok: true, claims }) {
  const asked: string[] = []
  const clock = { seconds: 900 }
  const judgeToken = async (token: string) => {
    asked.push(token)
    return verdict
  }
  const { judge, forget } = createVerifiedTokens({ judgeToken, policy, nowSeconds: () => clock.seconds })
  return { judge, forget, asked, clock }
}

it('verifies a token once and answers the same ever after', async () => {
  const { judge, asked } = setUp()
  expect([await judge('a'), await judge('a'), await judge('b')]).toEqual(Array(3).fill({ ok: true, claims }))
  expect(asked).toEqual(['a', 'b'])
})

it('refuses a token it has verified in the second it expires', async () => {
  const { judge, asked, clock } = setUp()
  await judge('a')
  clock.seconds = 999
  expect(await judge('a')).toMatchObject({ ok: true })
  clock.seconds = 1000
  expect(await judge('a')).toEqual({ ok: false, refusal: 'expired' })
  expect(asked).toEqual(['a'])
})

it('remembers no refusal: what is refused now may be right later, and nobody fills the memory with nonsense', async () => {
  const { judge, asked } = setUp({ ok: false, refusal: 'not-yet-valid' })
  await judge('a')
  await judge('a')
  expect(asked).toEqual(['a', 'a'])
})

it('remembers no failure', async () => {
  let fail = true
  const { judge } = createVerifiedTokens({
    judgeToken: async () => {
      if (fail) throw new Error('the worker died')
      return { ok: true, claims }
    },
    policy,
    nowSeconds: () => 900,
  })
  await expect(judge('a')).rejects.toThrow('the worker died')
  fail = false
  expect(await judge('a')).toEqual({ ok: true, claims })
})

it('holds ten thousand, and gives up those not seen for longest', async () => {
  const { judge, asked } = setUp()
  for (let number = 0; number < 10_000; number++) await judge(`${number}`)
  await judge('0')
  await judge('one more')
  asked.length = 0
  await judge('0')
  await judge('1')
  expect(asked).toEqual(['1'])
})

it('verifies anew what it knew once the keys have changed', async () => {
  const { judge, forget, asked } = setUp()
  await judge('a')
  forget()
  await judge('a')
  expect(asked).toEqual(['a', 'a'])
})

it('does not remember what was verified with the keys of before', async () => {
  const { judge, forget, asked } = setUp()
  const underWay = judge('a')
  forget()
  await underWay
  await judge('a')
  expect(asked).toEqual(['a', 'a'])
})
