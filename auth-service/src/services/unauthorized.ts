import { type Refusal, unauthorizedAnswer } from '@auth-stack/access-token'
import { Problem } from '@auth-stack/service-kit'

/** The answer to who has no good access token. */
export const unauthorized = (refusal: Refusal) => new Problem(...unauthorizedAnswer(refusal))
