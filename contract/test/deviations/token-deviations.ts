import { decodeCompactJws } from '@auth-stack/access-token'
import { handMadeToken } from '@auth-stack/token-vectors'
import { isSignedByUs, type Judge, type Request, signingKey } from '../model-service.js'
import { accepting, type DeviationRow, hasStatus, onValidate, withStatus } from './deviation.js'

type Claims = Record<string, unknown>

/** Judges a token signed by us as if it held other claims. */
const reading =
  (change: (claims: Claims) => Claims, readClaims = strictClaims) =>
  (token: string, nowSeconds: number, right: Judge) => {
    const claims = isSignedByUs(token) ? readClaims(token) : undefined
    if (!claims) return right(token, nowSeconds)
    const header = Buffer.from(token.split('.')[0] ?? '', 'base64url')
    return right(handMadeToken(header, change(claims), { key: signingKey }), nowSeconds)
  }

const strictClaims = (token: string) => decodeCompactJws(token)?.payload
const laxClaims = (token: string) => parse(token.split('.')[1] ?? '')

/** As the laxest of parsers would. */
function parse(part: string): Claims | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const headerOf = (token: string): Claims => parse(token.split('.')[0] ?? '') ?? {}
const claimsOf = (token: string): Claims => laxClaims(token) ?? {}

const minutes = 60

/** Services that read tokens otherwise. */
export const tokenDeviations: DeviationRow[] = [
  [
    'accepts alg none',
    ['alg none, unsigned'],
    { judge: accepting((token) => headerOf(token).alg === 'none' && token.endsWith('.')) },
  ],
  ['accepts a signature of zeros', ['a signature of zeros'], { judge: accepting((token) => /\.A{43}$/.test(token)) }],
  [
    'does not mind a key in the header',
    ['another key, which the token brings along', 'a key in the header'],
    { judge: accepting((token) => 'jwk' in headerOf(token)) },
  ],
  [
    'takes any type of token',
    ['another type of token'],
    { judge: accepting((token) => headerOf(token).typ === 'at+jwt') },
  ],
  ['takes padding', ['padding'], { judge: (token, now, right) => right(token.replace(/=$/, ''), now) }],
  ['takes longer tokens', ['1,025 bytes', '6 KB'], { reply: onValidate(hasLongToken, withStatus(200)) }],
  [
    'lets the last of two members win',
    ['two exp', 'two sub, one of them escaped', 'two members within a member'],
    { judge: reading((claims) => claims, laxClaims) },
  ],
  [
    'accepts exp in the second it names',
    ['exp in the second it names'],
    { judge: (token, now, right) => right(token, now - 1) },
  ],
  [
    'gives a token some minutes of leeway',
    ['exp two minutes ago', 'exp in the second it names'],
    {
      judge: reading(({ exp, ...claims }) => ({ ...claims, exp: typeof exp === 'number' ? exp + 5 * minutes : exp })),
    },
  ],
  [
    'does not look at nbf',
    ['nbf in five minutes'],
    { judge: reading(({ nbf, ...claims }) => (typeof nbf === 'number' ? claims : { ...claims, nbf })) },
  ],
  ['does not ask for aud', ['no aud'], { judge: reading((claims) => ({ aud: 'api-service', ...claims })) }],
  [
    'takes iss as an array',
    ['iss an array with ours'],
    { judge: reading(({ iss, ...claims }) => ({ ...claims, iss: Array.isArray(iss) ? iss[0] : iss })) },
  ],
  [
    'takes aud as a string only',
    ['aud as an array with ours'],
    { judge: (token, now, right) => (Array.isArray(claimsOf(token).aud) ? 'wrong-audience' : right(token, now)) },
  ],
  [
    'asks for a jti',
    ['no jti'],
    { judge: (token, now, right) => right(token, now) ?? ('jti' in claimsOf(token) ? null : 'bad-claims') },
  ],
  [
    'wants Bearer as it is written',
    ['bearer in lower case', 'BEARER in capitals'],
    { reply: onValidate(({ headers }) => !/^Bearer/.test(headers.authorization ?? 'Bearer'), withStatus(401)) },
  ],
  [
    'answers 500 to a good token',
    ['a claim nobody knows'],
    {
      reply: onValidate(
        (request, right) => hasStatus(200)(request, right) && 'color' in sentClaims(request),
        withStatus(500),
      ),
    },
  ],
]

function hasLongToken({ headers: { authorization = '' } }: Request) {
  return authorization.length > 'Bearer '.length + 1024 && authorization.startsWith('Bearer eyJ')
}

function sentClaims({ headers: { authorization = '' } }: Request) {
  return claimsOf(authorization.replace('Bearer ', ''))
}
