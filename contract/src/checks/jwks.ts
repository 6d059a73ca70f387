import type { Check } from '../check.js'
import { jsonObject, mediaType } from '../describe-answer.js'
import { jwksPath, publishedKeys } from '../published-keys.js'

/** RFC 7518 §6.2.1 and §6.3.1, and RFC 7517 §4. Whatever else a key may have could be private. */
const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'use', 'alg', 'kid']

/** What everybody may know of the keys. */
export const jwksChecks: Check[] = [
  {
    name: `GET ${jwksPath}`,
    expected: '200 {"keys":[…]}',
    async run(target) {
      const answer = await target.ask({ path: jwksPath })
      const isJson = mediaType(answer.headers['content-type']) === 'application/json'
      const keys = isJson ? jsonObject(answer)?.keys : undefined
      return Array.isArray(keys) ? `${answer.status} {"keys":[…]}` : `${answer.status} without keys in JSON`
    },
  },
  {
    name: 'how long its keys may be kept',
    expected: 'public, max-age=60 to 3600',
    run: async (target) => String((await target.ask({ path: jwksPath })).headers['cache-control']),
    accepts(got) {
      const seconds = Number(/(?:^|[ ,])max-age=(\d+)/.exec(got)?.[1])
      return /(^|[ ,])public([ ,]|$)/.test(got) && seconds >= 60 && seconds <= 3600
    },
  },
  {
    name: 'what its keys show',
    expected: 'nothing that is not public',
    async run(target) {
      const members = (await publishedKeys(target)).flatMap((key) => Object.keys(key))
      const others = members.filter((member) => !publicMembers.includes(member))
      return others.length === 0 ? 'nothing that is not public' : [...new Set(others)].join(', ')
    },
  },
]
