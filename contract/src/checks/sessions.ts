import { randomUUID } from 'node:crypto'
import { goodClaims, handMadeToken, hs256Header } from '@auth-stack/token-vectors'
import type { Check } from '../check.js'
import { describeAnswer, jsonObject } from '../describe-answer.js'
import type { Target } from '../target.js'
import { bearer, openSession, renewal, type Session } from './open-session.js'

type SessionChecksOptions = { signingKey: Uint8Array; nowSeconds: number }

const list = (target: Target, session: Pick<Session, 'token'>) =>
  target.ask({ path: '/sessions', headers: bearer(session) })
const end = (target: Target, session: Session, id: unknown = '') =>
  target.ask({ method: 'DELETE', path: `/sessions${id && `/${id}`}`, headers: bearer(session) })

/** What somebody can see and end of their own sessions. */
export const sessionChecks = ({ signingKey, nowSeconds }: SessionChecksOptions): Check[] => [
  {
    name: 'the list of sessions',
    expected: 'id, createdAt, lastUsedAt, address, userAgent, current; no-store',
    async run(target) {
      const session = await openSession(target)
      const answer = await list(target, session)
      const sessions = jsonObject(answer)?.sessions
      if (!Array.isArray(sessions)) return `no sessions (${describeAnswer(answer)})`
      const current = sessions.filter((one) => one.current === true)
      if (current.length !== 1 || current[0].id !== session.claims.sid) return 'another one, or none, is current'
      const isTime = (value: unknown) => typeof value === 'string' && new Date(value).toJSON() === value
      const { id, createdAt, lastUsedAt, address, userAgent, current: _current, ...more } = current[0]
      if (!isTime(createdAt) || !isTime(lastUsedAt)) return `times as ${JSON.stringify([createdAt, lastUsedAt])}`
      if (typeof address !== 'string' || typeof userAgent !== 'string') return 'no address or no user agent'
      const known = ['id', 'createdAt', 'lastUsedAt', 'address', 'userAgent', 'current']
      return `${[...known, ...Object.keys(more)].join(', ')}; ${answer.headers['cache-control'] ?? 'may be stored'}`
    },
  },
  {
    name: 'another session, ended by its id',
    expected: '204, again 204, then 401 invalid-refresh-token; this one 200',
    async run(target) {
      const [mine, other] = [await openSession(target), await openSession(target)]
      const first = (await end(target, mine, other.claims.sid)).status
      const again = (await end(target, mine, other.claims.sid)).status
      return `${first}, again ${again}, then ${await renewal(target, other)}; this one ${await renewal(target, mine)}`
    },
  },
  {
    name: 'a session nobody has, ended by its id',
    expected: '404 not-found',
    run: async (target) => describeAnswer(await end(target, await openSession(target), randomUUID())),
  },
  {
    name: 'all other sessions, ended',
    expected: '204, then 401 invalid-refresh-token; this one 200',
    async run(target) {
      const [mine, other] = [await openSession(target), await openSession(target)]
      const { status } = await end(target, mine)
      return `${status}, then ${await renewal(target, other)}; this one ${await renewal(target, mine)}`
    },
  },
  {
    name: 'the list, from a session that has ended',
    expected: '401 invalid-token',
    async run(target) {
      const session = await openSession(target)
      await end(target, session, session.claims.sid)
      return describeAnswer(await list(target, session))
    },
  },
  {
    name: 'the list, without a token',
    expected: '401 missing-token, Bearer realm="api"',
    async run(target) {
      const answer = await target.ask({ path: '/sessions' })
      return `${describeAnswer(answer)}, ${answer.headers['www-authenticate'] ?? 'no challenge'}`
    },
  },
  {
    name: 'the list, with a token of no session',
    expected: '403 no-session',
    needsKey: true,
    async run(target) {
      const token = handMadeToken(hs256Header, goodClaims(nowSeconds), { key: signingKey })
      return describeAnswer(await list(target, { token }))
    },
  },
  {
    name: 'POST /sessions',
    expected: '405 method-not-allowed, Allow: GET, HEAD, DELETE',
    async run(target) {
      const answer = await target.ask({ method: 'POST', path: '/sessions' })
      return `${describeAnswer(answer)}, Allow: ${answer.headers.allow ?? 'missing'}`
    },
  },
]
