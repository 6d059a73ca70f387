import { bearerChallenge, type Refusal, refusalCode } from '@auth-stack/access-token'
import { Problem } from '@auth-stack/service-kit'

/** The answer to who has no good access token (RFC 6750 §3). */
export const unauthorized = (refusal: Refusal) =>
  new Problem(
    401,
    refusalCode(refusal),
    refusal === 'absent' ? 'A bearer token is required' : 'The token is not valid',
    { headers: { 'www-authenticate': bearerChallenge(refusal) } },
  )
