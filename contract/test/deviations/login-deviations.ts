import { asProblem, type DeviationRow, hasStatus, onLogin, withHeader, withoutHeader, withStatus } from './deviation.js'

const otherMethods = ['GET /login', 'PUT /login', 'DELETE /login']
const toldTheSame = 'an unknown name is told what a wrong password is told'

const sends =
  (text: string) =>
  ({ body }: { body: string }) =>
    body.includes(text)

const onUnknownName = (change: Parameters<typeof onLogin>[1]) =>
  onLogin((request, right) => right.status === 401 && sends('nobody-')(request), change)

/** Services whose /login, or what is around it, answers otherwise. */
export const loginDeviations: DeviationRow[] = [
  [
    'issues a token without jti',
    ['its jti', 'the access token of a refresh'],
    { claims: ({ jti, ...claims }) => claims },
  ],
  [
    'issues the same jti again',
    ['its jti', 'the access token of a refresh'],
    { claims: (claims) => ({ ...claims, jti: 'a' }) },
  ],
  [
    'issues a token for nobody in particular',
    ['its aud', 'no aud'],
    {
      claims: ({ aud, ...claims }) => claims,
      judge: (token, now, right) => {
        const refusal = right(token, now)
        return refusal === 'wrong-audience' && !Buffer.from(token, 'base64url').includes('"aud"') ? null : refusal
      },
    },
  ],
  [
    'issues a token that lives longer than it says',
    ['its exp'],
    { claims: (claims) => ({ ...claims, exp: Number(claims.exp) + 60 }) },
  ],
  [
    'tells expiresIn in milliseconds',
    ['its exp'],
    { reply: onLogin(hasStatus(200), (right) => ({ ...right, body: right.body.replace('900', '900000') })) },
  ],
  [
    'calls the type bearer',
    ['its tokenType'],
    { reply: onLogin(hasStatus(200), (right) => ({ ...right, body: right.body.replace('Bearer', 'bearer') })) },
  ],
  ['lets a login be cached', ['its Cache-Control'], { reply: onLogin(hasStatus(200), withoutHeader('Cache-Control')) }],
  [
    'refuses members it does not know',
    ['a member nobody knows is ignored'],
    { reply: onLogin(sends('"color"'), withStatus(400)) },
  ],
  [
    'cuts a long password',
    ['73 bytes of password'],
    {
      reply: onLogin(
        ({ body }) => body.includes('p'.repeat(73)) && body.length < 4096,
        asProblem(401, 'bad-credentials'),
      ),
    },
  ],
  [
    'counts the letters of a password',
    ['19 characters of password that are 76 bytes'],
    { reply: onLogin(sends('🔑'), asProblem(401, 'bad-credentials')) },
  ],
  [
    'does not know /login by other methods',
    otherMethods,
    { reply: onLogin(hasStatus(405), asProblem(404, 'not-found')) },
  ],
  ['does not say Allow', otherMethods, { reply: onLogin(hasStatus(405), withoutHeader('Allow')) }],
  [
    'answers 413 in HTML',
    ['5,000 bytes'],
    {
      reply: onLogin(hasStatus(413), (right) => ({
        ...right,
        body: '<h1>Too large</h1>',
        headers: { 'Content-Type': 'text/html' },
      })),
    },
  ],
  [
    'answers 400 as plain JSON',
    ['null'],
    { reply: onLogin(({ body }) => body === 'null', withHeader('Content-Type', 'application/json')) },
  ],
  [
    'answers 500 to half of a JSON object',
    ['half of a JSON object'],
    { reply: onLogin(({ body }) => /[^}]$/.test(body) && body.startsWith('{"'), asProblem(500, 'internal-error')) },
  ],
  [
    'makes an id of its own',
    ['an X-Request-Id comes back'],
    { reply: onLogin(hasStatus(400), withHeader('X-Request-Id', 'an-id-of-my-own')) },
  ],
  [
    'does not say when to come back',
    ['100 logins at once'],
    { reply: onLogin(hasStatus(503), withoutHeader('Retry-After')) },
  ],
  [
    'answers 404 for an unknown name',
    ['an unknown name', toldTheSame, '100 logins at once'],
    { reply: onUnknownName(asProblem(404, 'no-such-user')) },
  ],
  [
    'says that the name is unknown',
    [toldTheSame],
    { reply: onUnknownName((right) => ({ ...right, body: right.body.replace('}', ',"detail":"no such user"}') })) },
  ],
  ['tells an unknown name by a header', [toldTheSame], { reply: onUnknownName(withHeader('X-User', 'none')) }],
  [
    'is faster for an unknown name',
    ['and takes as long'],
    { hashMs: (right, username) => (username === 'alice' ? right : 1) },
  ],
  [
    'is slower for an unknown name',
    ['and takes as long'],
    { hashMs: (right, username) => (username === 'alice' ? right : 3 * right) },
  ],
  [
    'is not ready',
    ['/readyz'],
    {
      reply: (right, { path }) =>
        path === '/readyz' ? { ...right, status: 503, body: '{"status":"unavailable"}' } : right,
    },
  ],
  [
    'matches paths in any case',
    ['GET /LOGIN'],
    { reply: (right, { path }) => (path === '/LOGIN' ? asProblem(405, 'method-not-allowed')(right) : right) },
  ],
]
