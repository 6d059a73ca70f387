import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { judgeToken, tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type Engine, engineNames, engines } from '../../src/crypto/engine.js'

const signingKey = Buffer.from('a key for tests, of 32 bytes or more')
const now = 1_800_000_000
const leewaySeconds = 5
const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds }
const good = { iss: tokenIssuer, aud: tokenAudience, sub: '1', iat: now - 10, exp: now + 890, jti: 'token-id' }

const created = await Promise.all(
  engineNames.map(async (name) => [name, (await engines[name]()).createEngine(signingKey)] as const),
)
const pairs = created.flatMap(([writer, from]) => created.map(([reader, to]) => ({ writer, from, reader, to })))

const judge = (engine: Engine, token: string) => {
  const verdict = judgeToken(token, engine.verifySignature, policy, now)
  return verdict.ok ? 'accepted' : verdict.refusal
}

const base64url = (value: unknown) =>
  Buffer.from(value instanceof Uint8Array || typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  )

/** A token signed by hand, so that it can say what no library would write. */
function handMade(
  header: unknown,
  payload: unknown,
  { hash = 'sha256', key = signingKey as Uint8Array | string } = {},
) {
  const signed = `${base64url(header)}.${base64url(payload)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}

const hs256 = { alg: 'HS256', typ: 'JWT' }
const withClaims = (changes: object) => handMade(hs256, { ...good, ...changes })
const without = (name: keyof typeof good) => {
  const { [name]: _, ...rest } = good
  return handMade(hs256, rest)
}
const [goodHeader, goodPayload, goodSignature] = handMade(hs256, good).split('.') as [string, string, string]
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaPem = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'pem' }).toString()

/** Every engine has to judge each of these alike: what it is, the token, the outcome. */
const vectors: [string, string | Promise<string>, string][] = [
  ['the contract', handMade(hs256, good), 'accepted'],
  ['the contract, by an independent library', new SignJWT(good).setProtectedHeader(hs256).sign(signingKey), 'accepted'],
  ['no typ', handMade({ alg: 'HS256' }, good), 'accepted'],
  ['typ in lower case', handMade({ alg: 'HS256', typ: 'jwt' }, good), 'accepted'],
  ['a claim nobody knows', withClaims({ color: 'blue' }), 'accepted'],
  ['aud as an array with ours', withClaims({ aud: ['other', tokenAudience] }), 'accepted'],
  ['exp within leeway', withClaims({ exp: now - leewaySeconds + 1 }), 'accepted'],
  ['nbf within leeway', withClaims({ nbf: now + leewaySeconds }), 'accepted'],
  ['nbf in the past', withClaims({ nbf: now - 1 }), 'accepted'],
  ['a fraction of a second in exp', withClaims({ exp: now + 0.5 }), 'accepted'],
  ['a subject in any script', withClaims({ sub: 'ユーザー🔑' }), 'accepted'],

  ['alg none, unsigned', `${base64url({ alg: 'none' })}.${base64url(good)}.`, 'malformed'],
  ['alg none, signed', handMade({ alg: 'none' }, good), 'wrong-algorithm'],
  ['alg None', handMade({ alg: 'None' }, good), 'wrong-algorithm'],
  ['alg hs256', handMade({ alg: 'hs256' }, good), 'wrong-algorithm'],
  ['no alg', handMade({ typ: 'JWT' }, good), 'wrong-algorithm'],
  ['alg as an array', handMade({ alg: ['HS256'] }, good), 'wrong-algorithm'],
  ['HS384 with the right key', handMade({ alg: 'HS384' }, good, { hash: 'sha384' }), 'wrong-algorithm'],
  ['HS512 with the right key', handMade({ alg: 'HS512' }, good, { hash: 'sha512' }), 'wrong-algorithm'],
  ['HS384 said, HS256 done', handMade({ alg: 'HS384' }, good), 'wrong-algorithm'],
  ['HS256 said, HS512 done', handMade(hs256, good, { hash: 'sha512' }), 'bad-signature'],
  ['RS256', new SignJWT(good).setProtectedHeader({ alg: 'RS256' }).sign(rsa.privateKey), 'wrong-algorithm'],
  ['RS256 said, our secret as its key', handMade({ alg: 'RS256' }, good), 'wrong-algorithm'],
  ['a public key as the secret', handMade(hs256, good, { key: rsaPem }), 'bad-signature'],
  ['an empty key', handMade(hs256, good, { key: '' }), 'bad-signature'],
  ['another key', handMade(hs256, good, { key: 'k'.repeat(36) }), 'bad-signature'],
  ['another type of token', handMade({ alg: 'HS256', typ: 'at+jwt' }, good), 'malformed'],
  ['an extension we do not know', handMade({ ...hs256, crit: ['b64'], b64: false }, good), 'malformed'],

  ['exp equal to now and leeway', withClaims({ exp: now - leewaySeconds }), 'expired'],
  ['exp beyond leeway', withClaims({ exp: now - leewaySeconds - 1 }), 'expired'],
  ['exp long ago', withClaims({ exp: 0 }), 'expired'],
  ['no exp', without('exp'), 'bad-claims'],
  ['exp null', withClaims({ exp: null }), 'bad-claims'],
  ['exp a string', withClaims({ exp: String(now + 900) }), 'bad-claims'],
  [
    'exp too large for any clock',
    handMade(hs256, JSON.stringify(good).replace(/"exp":\d+/, '"exp":1e999')),
    'malformed',
  ],
  ['nbf ahead of leeway', withClaims({ nbf: now + leewaySeconds + 1 }), 'not-yet-valid'],
  ['nbf a string', withClaims({ nbf: '0' }), 'bad-claims'],
  ['iat a string', withClaims({ iat: 'now' }), 'bad-claims'],
  ['iss another', withClaims({ iss: 'other' }), 'wrong-issuer'],
  ['iss an array with ours', withClaims({ iss: [tokenIssuer] }), 'wrong-issuer'],
  ['iss a number', withClaims({ iss: 1 }), 'wrong-issuer'],
  ['no iss', without('iss'), 'wrong-issuer'],
  ['aud another', withClaims({ aud: 'other' }), 'wrong-audience'],
  ['aud an empty array', withClaims({ aud: [] }), 'wrong-audience'],
  ['aud an array with a number', withClaims({ aud: [tokenAudience, 1] }), 'wrong-audience'],
  ['aud a number', withClaims({ aud: 1 }), 'wrong-audience'],
  ['no aud', without('aud'), 'wrong-audience'],
  ['no sub', without('sub'), 'no-subject'],
  ['sub empty', withClaims({ sub: '' }), 'no-subject'],
  ['sub a number', withClaims({ sub: 1 }), 'no-subject'],
  ['sub null', withClaims({ sub: null }), 'no-subject'],

  ['a payload that is a string', handMade(hs256, '"1"'), 'malformed'],
  ['a payload that is an array', handMade(hs256, [good]), 'malformed'],
  ['a payload that is null', handMade(hs256, 'null'), 'malformed'],
  ['a payload that is no JSON', handMade(hs256, 'sub=1'), 'malformed'],
  ['a payload that is empty', handMade(hs256, ''), 'malformed'],
  ['a payload that is no UTF-8', handMade(hs256, Buffer.from([0x7b, 0xff, 0x7d])), 'malformed'],
  ['two exp', handMade(hs256, `{"exp":${now + 900},${JSON.stringify(good).slice(1)}`), 'malformed'],
  ['two sub, one of them escaped', handMade(hs256, `{"s\\u0075b":"2",${JSON.stringify(good).slice(1)}`), 'malformed'],
  [
    'two members within a member',
    handMade(hs256, JSON.stringify(good).replace('{', '{"a":{"b":1,"b":2},')),
    'malformed',
  ],
  ['two alg', handMade('{"alg":"HS256","alg":"HS256"}', good), 'malformed'],
  ['a lone surrogate', handMade(hs256, JSON.stringify(good).replace('{', '{"a":"\\ud800",')), 'malformed'],
  ['nesting without end', withClaims({ a: JSON.parse(`${'['.repeat(150)}${']'.repeat(150)}`) }), 'malformed'],
  ['a colon within a string', withClaims({ a: 'b:"c":d' }), 'accepted'],
  [
    'a member named __proto__',
    handMade(hs256, JSON.stringify(good).replace('{', '{"__proto__":{"sub":"2"},')),
    'accepted',
  ],

  ['a kid', handMade({ ...hs256, kid: 'one' }, good), 'accepted'],
  ['a kid that is a number', handMade({ ...hs256, kid: 1 }, good), 'malformed'],
  ['a key that the token brings along', handMade({ ...hs256, jwk: { kty: 'oct', k: 'AA' } }, good), 'malformed'],
  ['the URL of a key', handMade({ ...hs256, jku: 'http://127.0.0.1/keys' }, good), 'malformed'],

  ['one part', goodHeader, 'malformed'],
  ['two parts', `${goodHeader}.${goodPayload}`, 'malformed'],
  ['four parts', `${goodHeader}.${goodPayload}.${goodSignature}.${goodSignature}`, 'malformed'],
  ['an empty signature', `${goodHeader}.${goodPayload}.`, 'malformed'],
  ['a short signature', `${goodHeader}.${goodPayload}.${goodSignature.slice(0, 20)}`, 'bad-signature'],
  ['a signature of zeros', `${goodHeader}.${goodPayload}.${base64url(new Uint8Array(32))}`, 'bad-signature'],
  [
    'another payload under the signature',
    `${goodHeader}.${base64url({ ...good, sub: '2' })}.${goodSignature}`,
    'bad-signature',
  ],
  ['padding', `${goodHeader}.${goodPayload}.${goodSignature}=`, 'malformed'],
  ['non-canonical base64url', `${goodHeader}.${goodPayload}.${nextLetter(goodSignature)}`, 'malformed'],
  ['the other base64 alphabet', handMade(hs256, good).replace(/[A-Za-z0-9_-]$/, '+'), 'malformed'],
  ['a trailing newline', `${handMade(hs256, good)}\n`, 'malformed'],
  ['a leading space', ` ${handMade(hs256, good)}`, 'malformed'],
  ['no token', '', 'malformed'],
  ['64 KB', withClaims({ sub: 's'.repeat(48 * 1024) }), 'malformed'],
  ['1,025 bytes', tokenOfLength(1025), 'malformed'],
  ['1,024 bytes', tokenOfLength(1024), 'accepted'],
]

/** The same 256 bits with the two unused ones set. */
function nextLetter(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.slice(-1)) + 1]
}

function tokenOfLength(length: number): string {
  for (let padding = 0; padding < length; padding++) {
    // A longer header value shifts what the payload's length, in steps of four letters for three bytes, cannot reach.
    for (const jti of ['a', 'aa', 'aaa']) {
      const token = handMade({ ...hs256, pad: jti }, { ...good, jti: 'j'.repeat(padding) })
      if (token.length === length) return token
    }
  }
  throw new Error(`no token has ${length} bytes`)
}

describe.each(created)('the engine %s judges', (_name, engine) => {
  it.each(vectors)('%s', async (_what, token, outcome) => {
    expect(judge(engine, await token)).toBe(outcome)
  })
})

it('every engine accepts and refuses alike, whatever JSON is signed', () => {
  const text = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.json({ maxDepth: 2 }).map((json) => JSON.stringify(good).replace('{', `{"extra":${json},`)),
    fc
      .tuple(fc.constantFrom(...Object.keys(good), 'nbf'), fc.json({ maxDepth: 1 }))
      .map(([name, json]) => `{"${name}":${json}${JSON.stringify({ ...good, [name]: undefined }).replace('{', ',')}`),
  )
  const header = fc.oneof(
    fc.constant(JSON.stringify(hs256)),
    fc.json({ maxDepth: 1 }).map((json) => `{"alg":"HS256","kid":${json}}`),
  )
  fc.assert(
    fc.property(header, text, (headerText, payloadText) => {
      const token = handMade(headerText, payloadText)
      // The reason may differ: one library does not read a claim that the other leaves to us.
      const outcomes = new Set(created.map(([, engine]) => judge(engine, token) === 'accepted'))
      expect([...outcomes]).toHaveLength(1)
    }),
    { numRuns: 3000 },
  )
})

describe.each(pairs)('what $writer signs, $reader', ({ from, to }) => {
  it('accepts', () => {
    expect(judge(to, from.signToken(good))).toBe('accepted')
  })

  it('refuses once it expired', () => {
    expect(judge(to, from.signToken({ ...good, exp: now - 100 }))).toBe('expired')
  })
})

describe.each(pairs)('what $writer hashes, $reader', ({ from, to }) => {
  it.each(['password123', 'pässwörd', '🔑🔑🔑', 'with\0nul', ' spaces ', 'p'.repeat(72)])(
    'verifies: %j',
    (password) => {
      const hash = from.hashPassword(password, 4)
      expect(hash).toMatch(/^\$2b\$04\$[./A-Za-z0-9]{53}$/)
      expect(to.verifyPassword(password, hash)).toBe(true)
      expect(to.verifyPassword(`${password.slice(0, -1)}?`, hash)).toBe(false)
    },
  )
})

describe.each(created)('the engine %s', (_name, engine) => {
  it('writes exactly the claims it was given, under the header of the contract', () => {
    const [header, payload] = engine
      .signToken(good)
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    expect(header).toEqual(hs256)
    expect(payload).toEqual(good)
  })

  // From the test suite of the original bcrypt (Provos and Mazières) and of crypt_blowfish.
  it.each([
    ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkY8jIucDrjc8deX1s.'],
    ['a', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
    ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
    ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
    ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ])('verifies the published hash of %j', (password, hash) => {
    // The first is published with 30 letters of digest; what is no hash has to be refused, not to throw.
    expect(engine.verifyPassword(password, hash)).toBe(hash.length === 60)
    expect(engine.verifyPassword(`${password}x`, hash)).toBe(false)
  })

  it.each(['$2a$', '$2b$', '$2y$'])('reads hashes that begin with %s', (prefix) => {
    const hash = engine.hashPassword('password123', 4).replace('$2b$', prefix)
    expect(engine.verifyPassword('password123', hash)).toBe(true)
    expect(engine.verifyPassword('password124', hash)).toBe(false)
  })

  it('does not see beyond 72 bytes, which is why a longer password is refused before it gets here', () => {
    const hash = engine.hashPassword('p'.repeat(72), 4)
    expect(engine.verifyPassword('p'.repeat(73), hash)).toBe(true)
  })

  it.each(['', 'nonsense', '$2b$10$short', `$2b$99$${'a'.repeat(53)}`, `$1$04$${'a'.repeat(53)}`])(
    'answers no to %j, which is no hash',
    (hash) => {
      expect(engine.verifyPassword('password123', hash)).toBe(false)
    },
  )
})
