import type { Answer } from '../ask.js'
import type { Check } from '../check.js'
import { jsonObject } from '../describe-answer.js'
import type { Target } from '../target.js'

// As nginx makes them: 32 hexadecimal digits.
const givenId = '0123456789abcdef0123456789abcdef'
const idPattern = /^[A-Za-z0-9-]{8,64}$/

const askWithId = (target: Target, id?: string) =>
  target.logIn({}, { headers: id === undefined ? {} : { 'X-Request-Id': id } })

const idOf = ({ headers }: Answer) => String(headers['x-request-id'] ?? 'none')

/** How an answer is found again in the logs. */
export const requestIdChecks: Check[] = [
  {
    name: 'an X-Request-Id comes back',
    expected: givenId,
    run: async (target) => idOf(await askWithId(target, givenId)),
  },
  {
    name: 'the requestId of a problem',
    expected: givenId,
    run: async (target) => String(jsonObject(await askWithId(target, givenId))?.requestId),
  },
  ...[
    ['no X-Request-Id: one is made', undefined],
    ['an X-Request-Id that is none is replaced', 'not an id; "at" <all>'],
  ].map(
    ([name = '', id]): Check => ({
      name,
      expected: '8 to 64 letters, digits, dashes',
      run: async (target) => idOf(await askWithId(target, id)),
      accepts: (got) => idPattern.test(got) && got !== 'none',
    }),
  ),
]
