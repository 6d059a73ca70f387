import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import { base64url, goodClaims, handMadeToken, hs256Header } from './hand-made-token.js'
import { type TokenVector, type TokenVectorRow, toVectors } from './token-vector.js'

type TokenVectorsOptions = { signingKey: Uint8Array; nowSeconds: number }

/**
 * What only somebody who has the key can make: tokens that keep the contract, and tokens that break one rule of it. They hold from
 * `nowSeconds` on for some minutes, so they can be sent to a service that has a clock of its own.
 */
export const tokenVectors = (options: TokenVectorsOptions): TokenVector[] =>
  toVectors([...headers(options), ...claims(options), ...payloads(options), ...forms(options)])

/** RFC 7515 §4: which headers a reader takes. */
function headers({ signingKey, nowSeconds }: TokenVectorsOptions): TokenVectorRow[] {
  const withHeader = (header: unknown, hash: 'sha256' | 'sha384' | 'sha512' = 'sha256') =>
    handMadeToken(header, goodClaims(nowSeconds), { key: signingKey, hash })

  return [
    ['the contract', withHeader(hs256Header), 'accepted'],
    ['no typ', withHeader({ alg: 'HS256' }), 'accepted'],
    ['typ in lower case', withHeader({ alg: 'HS256', typ: 'jwt' }), 'accepted'],
    ['another type of token', withHeader({ alg: 'HS256', typ: 'at+jwt' }), 'malformed'],
    ['alg none, signed', withHeader({ alg: 'none' }), 'wrong-algorithm'],
    ['alg None', withHeader({ alg: 'None' }), 'wrong-algorithm'],
    ['alg hs256', withHeader({ alg: 'hs256' }), 'wrong-algorithm'],
    ['no alg', withHeader({ typ: 'JWT' }), 'wrong-algorithm'],
    ['alg as an array', withHeader({ alg: ['HS256'] }), 'wrong-algorithm'],
    ['two alg', withHeader('{"alg":"HS256","alg":"HS256"}'), 'malformed'],
    ['HS384 with the right key', withHeader({ alg: 'HS384' }, 'sha384'), 'wrong-algorithm'],
    ['HS512 with the right key', withHeader({ alg: 'HS512' }, 'sha512'), 'wrong-algorithm'],
    ['HS384 said, HS256 done', withHeader({ alg: 'HS384' }), 'wrong-algorithm'],
    ['HS256 said, HS512 done', withHeader(hs256Header, 'sha512'), 'bad-signature'],
    ['RS256 said, our secret as its key', withHeader({ alg: 'RS256' }), 'wrong-algorithm'],
    ['a kid', withHeader({ ...hs256Header, kid: 'one' }), 'accepted'],
    ['a kid that is a number', withHeader({ ...hs256Header, kid: 1 }), 'malformed'],
    ['an extension we do not know', withHeader({ ...hs256Header, crit: ['b64'], b64: false }), 'malformed'],
    ['a key in the header', withHeader({ ...hs256Header, jwk: { kty: 'oct', k: 'AA' } }), 'malformed'],
    ['the URL of a key', withHeader({ ...hs256Header, jku: 'http://127.0.0.1/keys' }), 'malformed'],
    ['the URL of a certificate', withHeader({ ...hs256Header, x5u: 'http://127.0.0.1/certificate' }), 'malformed'],
    ['a certificate', withHeader({ ...hs256Header, x5c: ['AA'] }), 'malformed'],
  ]
}

/** RFC 7519 §4.1: which claims a reader takes. */
function claims({ signingKey, nowSeconds }: TokenVectorsOptions): TokenVectorRow[] {
  const good = goodClaims(nowSeconds)
  const withClaims = (changes: object) => handMadeToken(hs256Header, { ...good, ...changes }, { key: signingKey })
  // JSON leaves out what is undefined.
  const without = (name: keyof typeof good) => withClaims({ [name]: undefined })

  return [
    ['a claim nobody knows', withClaims({ color: 'blue' }), 'accepted'],
    ['aud as an array with ours', withClaims({ aud: ['other', tokenAudience] }), 'accepted'],
    ['nbf in the past', withClaims({ nbf: nowSeconds - 60 }), 'accepted'],
    ['a fraction of a second in a distant exp', withClaims({ exp: good.exp + 0.5 }), 'accepted'],
    ['a subject in any script', withClaims({ sub: 'ユーザー🔑' }), 'accepted'],
    ['no iat', without('iat'), 'accepted'],
    ['no jti', without('jti'), 'accepted'],

    ['exp two minutes ago', withClaims({ exp: nowSeconds - 120 }), 'expired'],
    ['exp long ago', withClaims({ exp: 0 }), 'expired'],
    ['no exp', without('exp'), 'bad-claims'],
    ['exp null', withClaims({ exp: null }), 'bad-claims'],
    ['exp a string', withClaims({ exp: String(good.exp) }), 'bad-claims'],
    ['nbf in five minutes', withClaims({ nbf: nowSeconds + 300 }), 'not-yet-valid'],
    ['nbf a string', withClaims({ nbf: '0' }), 'bad-claims'],
    ['iat a string', withClaims({ iat: 'now' }), 'bad-claims'],
    ['jti a number', withClaims({ jti: 7 }), 'bad-claims'],
    ['iss another', withClaims({ iss: 'other' }), 'wrong-issuer'],
    ['iss an array with ours', withClaims({ iss: [tokenIssuer] }), 'wrong-issuer'],
    ['iss a number', withClaims({ iss: 1 }), 'wrong-issuer'],
    ['no iss', without('iss'), 'wrong-issuer'],
    ['aud another', withClaims({ aud: 'other' }), 'wrong-audience'],
    ['aud an empty array', withClaims({ aud: [] }), 'wrong-audience'],
    ['aud an array without ours', withClaims({ aud: ['other'] }), 'wrong-audience'],
    ['aud an array with a number', withClaims({ aud: [tokenAudience, 1] }), 'wrong-audience'],
    ['aud a number', withClaims({ aud: 1 }), 'wrong-audience'],
    ['no aud', without('aud'), 'wrong-audience'],
    ['no sub', without('sub'), 'no-subject'],
    ['sub empty', withClaims({ sub: '' }), 'no-subject'],
    ['sub a number', withClaims({ sub: 1 }), 'no-subject'],
    ['sub null', withClaims({ sub: null }), 'no-subject'],
  ]
}

/** RFC 7493: which JSON a reader takes. */
function payloads({ signingKey, nowSeconds }: TokenVectorsOptions): TokenVectorRow[] {
  const good = goodClaims(nowSeconds)
  const withPayload = (payload: unknown) => handMadeToken(hs256Header, payload, { key: signingKey })
  const startingWith = (members: string) => withPayload(JSON.stringify(good).replace('{', `{${members},`))

  return [
    ['a payload that is a string', withPayload('"1"'), 'malformed'],
    ['a payload that is an array', withPayload([good]), 'malformed'],
    ['a payload that is null', withPayload('null'), 'malformed'],
    ['a payload that is no JSON', withPayload('sub=1'), 'malformed'],
    ['a payload that is empty', withPayload(''), 'malformed'],
    ['a payload that is no UTF-8', withPayload(Buffer.from([0x7b, 0xff, 0x7d])), 'malformed'],
    ['exp beyond a double', withPayload(JSON.stringify(good).replace(/"exp":\d+/, '"exp":1e999')), 'malformed'],
    ['two exp', startingWith(`"exp":${good.exp}`), 'malformed'],
    ['two sub, one of them escaped', startingWith('"s\\u0075b":"2"'), 'malformed'],
    ['two members within a member', startingWith('"a":{"b":1,"b":2}'), 'malformed'],
    ['a lone surrogate', startingWith('"a":"\\ud800"'), 'malformed'],
    ['nesting 16 levels deep', startingWith(`"a":${'['.repeat(16)}${']'.repeat(16)}`), 'accepted'],
    ['nesting 17 levels deep', startingWith(`"a":${'['.repeat(17)}${']'.repeat(17)}`), 'malformed'],
    ['nesting without end', startingWith(`"a":${'['.repeat(150)}${']'.repeat(150)}`), 'malformed'],
    ['a colon within a string', startingWith('"a":"b:\\"c\\":d"'), 'accepted'],
    ['a member named __proto__', startingWith('"__proto__":{"sub":"2"}'), 'accepted'],
  ]
}

/** RFC 7515 §3.1 and §2: which spellings a reader takes. */
function forms({ signingKey, nowSeconds }: TokenVectorsOptions): TokenVectorRow[] {
  const good = goodClaims(nowSeconds)
  const token = handMadeToken(hs256Header, good, { key: signingKey })
  const [header, payload, signature] = token.split('.') as [string, string, string]

  return [
    ['one part', header, 'malformed'],
    ['two parts', `${header}.${payload}`, 'malformed'],
    ['four parts', `${token}.${signature}`, 'malformed'],
    ['a short signature', token.slice(0, -23), 'bad-signature'],
    [
      'another payload under the signature',
      `${header}.${base64url({ ...good, sub: '2' })}.${signature}`,
      'bad-signature',
    ],
    ['padding', `${token}=`, 'malformed'],
    ['non-canonical base64url', `${header}.${payload}.${withUnusedBits(signature)}`, 'malformed'],
    ['the other base64 alphabet', token.replace(/[A-Za-z0-9_-]$/, '+'), 'malformed'],
    ['a trailing newline', `${token}\n`, 'malformed'],
    ['a leading space', ` ${token}`, 'malformed'],
    ['no token', '', 'malformed'],
    ['1,024 bytes', tokenOfLength(1024), 'accepted'],
    ['1,025 bytes', tokenOfLength(1025), 'malformed'],
    ['6 KB', handMadeToken(hs256Header, { ...good, sub: 's'.repeat(4500) }, { key: signingKey }), 'malformed'],
    ['64 KB', handMadeToken(hs256Header, { ...good, sub: 's'.repeat(48 * 1024) }, { key: signingKey }), 'malformed'],
  ]

  function tokenOfLength(length: number): string {
    for (let letters = 0; letters < length; letters++) {
      // A longer header value shifts what the payload's length, in steps of four letters for three bytes, cannot reach.
      for (const pad of ['a', 'aa', 'aaa']) {
        const padded = { ...good, jti: 'j'.repeat(letters) }
        const made = handMadeToken({ ...hs256Header, pad }, padded, { key: signingKey })
        if (made.length === length) return made
      }
    }
    throw new Error(`no token has ${length} bytes`)
  }
}

/** The same 256 bits with the unused ones set. */
function withUnusedBits(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.slice(-1)) + 1]
}
