import { randomBytes, randomUUID } from 'node:crypto'
import type { Reply, Request } from '../model-service.js'
import {
  asProblem,
  type DeviationRow,
  hasStatus,
  onPath,
  withHeader,
  withMember,
  withoutHeader,
  withStatus,
} from './deviation.js'

const onRefresh = (matches: Parameters<typeof onPath>[1], change: (right: Reply) => Reply) =>
  onPath('/refresh', matches, change)
const ended = [
  'a logout by refresh token',
  'a logout by a refresh token that was spent',
  'a logout by access token, without a body',
  'its access token, at /validate',
]
const endedByOwner = ['another session, ended by its id', 'all other sessions, ended']
const methodIs = (method: string) => (request: Request) => request.method === method

/** Services whose sessions are otherwise. */
export const sessionDeviations: DeviationRow[] = [
  [
    'issues a token of no session',
    [
      'its sid',
      'a logout by access token, without a body',
      'its access token, at /validate',
      'the list of sessions',
      'another session, ended by its id',
      'a session nobody has, ended by its id',
      'all other sessions, ended',
      'the list, from a session that has ended',
    ],
    { claims: ({ sid, ...claims }) => claims },
  ],
  [
    'gives a refresh token it does not know itself',
    [
      'its refreshToken',
      'what a refresh answers',
      'the access token of a refresh',
      'the access token of a refresh, at /validate',
      'a refresh token presented again at once',
      'its successor',
      'its access token, at /validate',
      'another session, ended by its id',
      'all other sessions, ended',
    ],
    { reply: onPath('/login', hasStatus(200), withMember('refreshToken', 'short')) },
  ],
  [
    'gives less time to refresh than to use the token',
    ['its refreshExpiresIn'],
    { reply: onPath('/login', hasStatus(200), withMember('refreshExpiresIn', 60)) },
  ],
  [
    'spends a token on another successor each time',
    ['a refresh token presented again at once', 'its successor'],
    {
      reply: onRefresh(hasStatus(200), (right) =>
        withMember('refreshToken', randomBytes(32).toString('base64url'))(right),
      ),
    },
  ],
  [
    'opens another session at a refresh',
    ['the access token of a refresh'],
    { refreshClaims: (claims) => ({ ...claims, sid: randomUUID() }) },
  ],
  [
    'takes the user of a refresh from elsewhere',
    ['the access token of a refresh'],
    { refreshClaims: (claims) => ({ ...claims, sub: '2' }) },
  ],
  [
    'lets a refresh be cached',
    ['what a refresh answers'],
    { reply: onRefresh(hasStatus(200), withoutHeader('Cache-Control')) },
  ],
  [
    'does not say how long a new token lasts',
    ['what a refresh answers'],
    { reply: onRefresh(hasStatus(200), withMember('expiresIn', undefined)) },
  ],
  [
    'asks for an access token where a refresh token is bad',
    ['a refresh token nobody knows'],
    { reply: onRefresh(hasStatus(401), withHeader('WWW-Authenticate', 'Bearer realm="api"')) },
  ],
  [
    'answers 401 to what is no refresh',
    ['a refresh with an empty token'],
    { reply: onRefresh(({ body }) => body.includes('""'), asProblem(401, 'invalid-refresh-token')) },
  ],
  ['ends no session', [...ended, ...endedByOwner, 'the list, from a session that has ended'], { endsSessions: false }],
  [
    'tells whether a refresh token was known',
    ['a logout by a refresh token nobody knows'],
    {
      reply: onPath(
        '/logout',
        ({ body }) => body.includes('AAAA'),
        () => ({
          status: 401,
          headers: { 'Content-Type': 'application/problem+json' },
          body: JSON.stringify({ type: '', title: '', status: 401, code: 'unknown-token', requestId: '' }),
        }),
      ),
    },
  ],
  [
    'takes a logout with nothing for done',
    ['a logout with nothing', 'a logout by a bad access token'],
    { reply: onPath('/logout', hasStatus(401), withStatus(204)) },
  ],
  [
    'does not say which session is the current one',
    ['the list of sessions'],
    {
      reply: onPath('/sessions', methodIs('GET'), (right) => ({
        ...right,
        body: right.body.replaceAll('"current":true', '"current":false'),
      })),
    },
  ],
  [
    'tells times in seconds',
    ['the list of sessions'],
    {
      reply: onPath('/sessions', hasStatus(200), (right) => ({
        ...right,
        body: right.body.replaceAll(/"createdAt":"[^"]*"/g, '"createdAt":1800000000'),
      })),
    },
  ],
  [
    'takes a session nobody has for ended',
    ['a session nobody has, ended by its id'],
    {
      reply: (right, { path }) =>
        path.startsWith('/sessions/') && right.status === 404 ? { ...right, status: 204 } : right,
    },
  ],
  ['ends the session that asks with the others', ['all other sessions, ended'], { endsAll: true }],
  [
    'takes a token of no session for a bad one',
    ['the list, with a token of no session'],
    { reply: onPath('/sessions', hasStatus(403), asProblem(401, 'invalid-token')) },
  ],
]
