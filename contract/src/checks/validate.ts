import type { Answer } from '../ask.js'
import type { Check } from '../check.js'
import type { Target } from '../target.js'

/** How a header may be written; `good` is a token that the service issued. */
type Header = (good: string) => string | undefined

const statuses: [string, Header, 200 | 401][] = [
  ['a token from /login', (good) => `Bearer ${good}`, 200],
  ['bearer in lower case', (good) => `bearer ${good}`, 200],
  ['BEARER in capitals', (good) => `BEARER ${good}`, 200],
  ['several spaces after Bearer', (good) => `Bearer   ${good}`, 200],
  ['no Authorization', () => undefined, 401],
  ['an empty Authorization', () => '', 401],
  ['Bearer without a token', () => 'Bearer', 401],
  ['the token without Bearer', (good) => good, 401],
  ['the token under another scheme', (good) => `Basic ${good}`, 401],
  ['a tab after Bearer', (good) => `Bearer\t${good}`, 401],
  ['two tokens', (good) => `Bearer ${good} ${good}`, 401],
  ['two credentials in one header', (good) => `Bearer ${good}, Bearer ${good}`, 401],
  ['quotes around the token', (good) => `Bearer "${good}"`, 401],
  ['a letter after the token', (good) => `Bearer ${good}A`, 401],
  ['a token that is none', () => 'Bearer nonsense', 401],
  ['bytes that are no ASCII', () => 'Bearer \u00e4\u00ff.\u00e4.\u00e4', 401],
  ['7,000 letters', () => `Bearer ${'a'.repeat(7000)}`, 401],
]

type Told = { name: string; header: Header; error: string; challenge: string; isChallenge?: (got: string) => boolean }

const noCredential = { error: 'missing-token', challenge: 'Bearer realm="api"' }
const badCredential = {
  error: 'invalid-token',
  challenge: 'Bearer realm="api", error="invalid_token", …',
  // What comes after is for people.
  isChallenge: (got: string) => /^Bearer realm="api", error="invalid_token"(, error_description="[^"]*")?$/.test(got),
}

/** RFC 6750 §3 and §3.1: an error is named only to somebody who sent a bearer token. */
const told: Told[] = [
  { name: 'no Authorization', header: () => undefined, ...noCredential },
  { name: 'another scheme', header: () => 'Basic YWxpY2U6cA==', ...noCredential },
  { name: 'a bad token', header: () => 'Bearer nonsense', ...badCredential },
]

const askWith = async (target: Target, header: Header) => target.validate(header(await target.issuedToken()))

/** What auth_request is told of a credential. */
export const validateChecks: Check[] = [
  ...statuses.map(
    ([name, header, status]): Check => ({
      name,
      expected: String(status),
      run: async (target) => String((await askWith(target, header)).status),
    }),
  ),
  ...told.flatMap(({ name, header, error, challenge, isChallenge }): Check[] => [
    {
      name: `X-Validate-Error for ${name}`,
      expected: error,
      run: async (target) => String((await target.validate(header(''))).headers['x-validate-error'] ?? 'none'),
    },
    {
      name: `WWW-Authenticate for ${name}`,
      expected: challenge,
      run: async (target) => (await target.validate(header(''))).headers['www-authenticate'] ?? 'none',
      ...(isChallenge && { accepts: isChallenge }),
    },
  ]),
  ...(
    [
      ['what a 200 carries', (good) => `Bearer ${good}`],
      ['what a 401 carries', () => 'Bearer nonsense'],
      ['what a 401 without a token carries', () => undefined],
    ] satisfies [string, Header][]
  ).map(
    ([name, header]): Check => ({
      name,
      expected: 'Content-Length: 0 and no body',
      run: async (target) => describeBody(await askWith(target, header)),
    }),
  ),
]

function describeBody({ headers, body }: Answer): string {
  const framing = headers['transfer-encoding']
    ? `Transfer-Encoding: ${headers['transfer-encoding']}`
    : `Content-Length: ${headers['content-length'] ?? 'missing'}`
  return `${framing} and ${body === '' ? 'no body' : `a body of ${Buffer.byteLength(body)} bytes`}`
}
