import { type AccessTokenClaims, type ClaimsPolicy, checkClaims, type Verdict } from '@auth-stack/access-token'
import { LRUCache } from 'lru-cache'

// Tokens in use at once, not users; some 5 MB of them. Whoever is pushed out is verified again.
const maxTokens = 10_000

type VerifiedTokensOptions = {
  /** Verifies and judges a token at full cost. */
  judgeToken: (token: string) => Promise<Verdict<AccessTokenClaims>>
  policy: ClaimsPolicy
  nowSeconds: () => number
}

/**
 * Remembers the claims of tokens whose signature was right, so that a client's second request costs no hop to the worker. Only what a
 * signature cannot lose is remembered: the claims are judged anew each time, by the clock of that time. A refused token is not remembered,
 * so nobody can push out others' tokens without having signed ones.
 */
export function createVerifiedTokens({ judgeToken, policy, nowSeconds }: VerifiedTokensOptions) {
  const remember = () => new LRUCache<string, AccessTokenClaims>({ max: maxTokens })
  let verified = remember()

  return {
    async judge(token: string): Promise<Verdict<AccessTokenClaims>> {
      // Kept across the wait: what was asked before `forget` is not remembered after it.
      const known = verified
      const claims = known.get(token)
      if (claims) return checkClaims(claims, policy, nowSeconds())
      const verdict = await judgeToken(token)
      if (verdict.ok) known.set(token, verdict.claims)
      return verdict
    },

    /** Every token is verified anew: the keys are others now. */
    forget() {
      verified = remember()
    },
  }
}
