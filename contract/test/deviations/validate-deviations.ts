import { type DeviationRow, hasStatus, onValidate, withHeader, withoutHeader, withStatus } from './deviation.js'

/** Services whose /validate answers otherwise. */
export const validateDeviations: DeviationRow[] = [
  [
    'answers a 200 with a body',
    ['what a 200 carries'],
    {
      reply: onValidate(hasStatus(200), (right) => ({
        ...right,
        body: '{"ok":true}',
        headers: { 'Content-Length': '11' },
      })),
    },
  ],
  [
    'answers 200 in chunks',
    ['what a 200 carries'],
    { reply: onValidate(hasStatus(200), (right) => ({ ...right, headers: { 'Transfer-Encoding': 'chunked' } })) },
  ],
  [
    'answers a 401 with a body',
    ['what a 401 carries', 'what a 401 without a token carries'],
    {
      reply: onValidate(hasStatus(401), (right) => ({
        ...right,
        body: '{}',
        headers: { ...right.headers, 'Content-Length': '2' },
      })),
    },
  ],
  [
    'answers 204',
    [
      'a token from /login',
      'bearer in lower case',
      'BEARER in capitals',
      'several spaces after Bearer',
      'what a 200 carries',
      'If-None-Match: * and Range',
      'the access token of a refresh, at /validate',
    ],
    { reply: onValidate(hasStatus(200), (right) => ({ ...right, status: 204, headers: {} })) },
  ],
  [
    'closes the connection',
    ['connections for 50 requests'],
    { reply: onValidate(() => true, withHeader('Connection', 'close')) },
  ],
  [
    'answers 500 to what is no ASCII',
    ['bytes that are no ASCII'],
    { reply: onValidate(({ headers }) => /[^ -~\t]/.test(headers.authorization ?? ''), withStatus(500)) },
  ],
  [
    'answers 405 to other methods',
    ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((method) => `${method} /validate`),
    { reply: onValidate(({ method }) => method !== 'GET', withStatus(405)) },
  ],
  [
    'answers 304',
    ['If-None-Match: * and Range'],
    { reply: onValidate(({ headers }) => headers['if-none-match'] !== undefined, withStatus(304)) },
  ],
  [
    'names an error when nothing was sent',
    ['WWW-Authenticate for no Authorization'],
    {
      reply: onValidate(
        ({ headers }) => headers.authorization === undefined,
        withHeader('WWW-Authenticate', 'Bearer realm="api", error="invalid_token"'),
      ),
    },
  ],
  [
    'does not say why',
    ['X-Validate-Error for a bad token'],
    {
      reply: onValidate(
        ({ headers }) => headers.authorization === 'Bearer nonsense',
        withoutHeader('X-Validate-Error'),
      ),
    },
  ],
  [
    'hashes where it validates',
    ['nine in ten of /validate meanwhile'],
    { validateMs: (loginsRunning) => (loginsRunning > 1 ? 1200 : 0) },
  ],
]
