import { createHmac } from 'node:crypto'
import { maxTokenBytes, tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { CannotCheck, type Check } from '../check.js'
import { describeAnswer, jsonObject } from '../describe-answer.js'
import { isSignedBy, publishedKeys } from '../published-keys.js'
import type { Target } from '../target.js'

// The service's clock is asked a moment after the login.
const slackSeconds = 30

/** What a token that the service issues has to say. `signingKey` is the key it should be signed with. */
export const issuedTokenChecks = (signingKey: Uint8Array): Check[] => [
  {
    name: 'its length',
    expected: `at most ${maxTokenBytes} bytes`,
    async run(target) {
      const { length } = await target.issuedToken()
      return length <= maxTokenBytes ? `at most ${maxTokenBytes} bytes` : `${length} bytes`
    },
  },
  {
    name: 'its header',
    expected: '{"alg":"HS256","typ":"JWT"}, or the kid of a published key',
    async run(target) {
      const { header } = decode(await target.issuedToken())
      const { alg, kid, typ, ...others } = header
      const isPublished =
        kid !== undefined && (await publishedKeys(target)).some((key) => key.kid === kid && key.alg === alg)
      return isPublished && typ === 'JWT' && Object.keys(others).length === 0
        ? 'the kid of a published key'
        : JSON.stringify(Object.fromEntries(Object.entries(header).sort()))
    },
    accepts: (got) => got === '{"alg":"HS256","typ":"JWT"}' || got === 'the kid of a published key',
  },
  {
    name: 'its signature',
    expected: 'by the key we were given, or a published one',
    needsKey: true,
    async run(target) {
      const token = await target.issuedToken()
      const { kid } = decode(token).header
      if (kid !== undefined) {
        const key = (await publishedKeys(target)).find((published) => published.kid === kid)
        return key && isSignedBy(key, token) ? 'by a published key' : 'by no key with its kid'
      }
      const signed = token.slice(0, token.lastIndexOf('.'))
      const signature = createHmac('sha256', signingKey).update(signed).digest('base64url')
      return token === `${signed}.${signature}` ? 'by the key we were given' : 'by another key'
    },
    accepts: (got) => got === 'by the key we were given' || got === 'by a published key',
  },
  {
    name: 'its iss',
    expected: tokenIssuer,
    run: async (target) => String((await issuedClaims(target)).iss),
  },
  {
    name: 'its aud',
    expected: `${tokenAudience}, or an array with it`,
    run: async (target) => JSON.stringify((await issuedClaims(target)).aud) ?? 'none',
    accepts(got) {
      const audiences: unknown[] = got === 'none' ? [] : [JSON.parse(got)].flat()
      return audiences.includes(tokenAudience)
    },
  },
  {
    name: 'its sub',
    expected: 'a string, not empty',
    async run(target) {
      const { sub } = await issuedClaims(target)
      return typeof sub === 'string' && sub !== '' ? 'a string, not empty' : String(JSON.stringify(sub))
    },
  },
  {
    name: 'its iat',
    expected: 'now',
    async run(target) {
      const now = await target.secondsThere()
      const { iat } = decode(await newToken(target)).claims
      const isNow = Number.isInteger(iat) && Math.abs(Number(iat) - now) <= slackSeconds
      return isNow ? 'now' : `${JSON.stringify(iat)} at ${now}`
    },
  },
  {
    name: 'its exp',
    expected: 'iat + expiresIn',
    async run(target) {
      const { iat, exp } = await issuedClaims(target)
      const expiresIn = jsonObject(await target.successfulLogin())?.expiresIn
      const lifetime = Number(exp) - Number(iat)
      return lifetime === expiresIn ? 'iat + expiresIn' : `iat + ${lifetime}, with expiresIn ${expiresIn}`
    },
  },
  {
    name: 'its jti',
    expected: 'a string, another each time',
    async run(target) {
      const ids = [await target.issuedToken(), await newToken(target)].map((token) => decode(token).claims.jti)
      if (!ids.every((id) => typeof id === 'string' && id !== '')) return String(JSON.stringify(ids[0]))
      return ids[0] === ids[1] ? 'the same twice' : 'a string, another each time'
    },
  },
  {
    name: 'its sid',
    expected: 'a uuid, another each time',
    async run(target) {
      const ids = [await target.issuedToken(), await newToken(target)].map((token) => decode(token).claims.sid)
      const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
      if (!ids.every((id) => typeof id === 'string' && uuid.test(id))) return String(JSON.stringify(ids[0]))
      return ids[0] === ids[1] ? 'the same twice' : 'a uuid, another each time'
    },
  },
]

const issuedClaims = async (target: Target) => decode(await target.issuedToken()).claims

/** One of a login of its own, where the shared one would be too old or the same. */
async function newToken(target: Target): Promise<string> {
  const answer = await target.logIn({ username: target.username, password: target.password })
  const token = jsonObject(answer)?.token
  if (typeof token !== 'string') throw new CannotCheck(`no token from /login (${describeAnswer(answer)})`)
  return token
}

/** Reads the two JSON parts, more leniently than a service may: what is wrong with them is for the checks to say. */
function decode(token: string) {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => jsonObject({ body: Buffer.from(part, 'base64url').toString() }))
  if (!header || !claims) throw new CannotCheck('a token that is no JWT')
  return { header, claims }
}
