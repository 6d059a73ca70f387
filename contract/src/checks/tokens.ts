import {
  forgedTokenVectors,
  goodClaims,
  handMadeToken,
  hs256Header,
  type TokenVector,
  tokenVectors,
} from '@auth-stack/token-vectors'
import type { Check } from '../check.js'
import type { Target } from '../target.js'

type TokenChecksOptions = { signingKey: Uint8Array; nowSeconds: number }

/** What can be written into a header of the size that nginx lets through. */
const isSendable = ({ token }: TokenVector) => /^[\x21-\x7e]{1,7000}$/.test(token)

const toCheck = ({ what, token, outcome }: TokenVector): Check => ({
  name: what,
  expected: outcome === 'accepted' ? 'accepted' : 'refused',
  run: (target) => judge(target, token),
})

/** Made without the key. */
export const forgedTokenChecks = (nowSeconds: number): Check[] =>
  forgedTokenVectors(nowSeconds).filter(isSendable).map(toCheck)

/** Made with the key. */
export const tokenChecks = ({ signingKey, nowSeconds }: TokenChecksOptions): Check[] => [
  ...tokenVectors({ signingKey, nowSeconds })
    .filter(isSendable)
    .map((vector) => ({ ...toCheck(vector), needsKey: true })),
  {
    name: 'exp in the second it names',
    expected: 'refused',
    needsKey: true,
    async run(target) {
      // Asked as early in that second as can be, and by the service's own clock: later anybody would refuse it.
      const now = await target.nextSecond()
      return judge(target, handMadeToken(hs256Header, { ...goodClaims(now), exp: now }, { key: signingKey }))
    },
  },
]

async function judge(target: Target, token: string): Promise<string> {
  const { status } = await target.validate(`Bearer ${token}`)
  if (status >= 200 && status < 300) return 'accepted'
  return status === 401 ? 'refused' : `status ${status}`
}
