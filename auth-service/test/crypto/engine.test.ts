import { judgeToken, tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import {
  forgedTokenVectors,
  goodClaims,
  handMadeToken,
  hs256Header,
  leewayVectors,
  tokenVectors,
} from '@auth-stack/token-vectors'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type Engine, engineNames, engines } from '../../src/crypto/engine.js'

const signingKey = Buffer.from('a key for tests, of 32 bytes or more')
const nowSeconds = 1_800_000_000
const leewaySeconds = 5
const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds }
const good = goodClaims(nowSeconds)

const created = await Promise.all(
  engineNames.map(async (name) => [name, (await engines[name]()).createEngine(signingKey)] as const),
)
const pairs = created.flatMap(([writer, from]) => created.map(([reader, to]) => ({ writer, from, reader, to })))

const judge = (engine: Engine, token: string) => {
  const verdict = judgeToken(token, engine.verifySignature, policy, nowSeconds)
  return verdict.ok ? 'accepted' : verdict.refusal
}

/** Every engine has to judge each of these alike. */
const vectors = [
  ...tokenVectors({ signingKey, nowSeconds }),
  ...leewayVectors({ signingKey, nowSeconds, leewaySeconds }),
  ...forgedTokenVectors(nowSeconds),
]

describe.each(created)('the engine %s judges', (_name, engine) => {
  it.each(vectors)('$what', ({ token, outcome }) => {
    expect(judge(engine, token)).toBe(outcome)
  })

  it('the contract, by an independent library', async () => {
    const token = await new SignJWT(good).setProtectedHeader(hs256Header).sign(signingKey)
    expect(judge(engine, token)).toBe('accepted')
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
    fc.constant(JSON.stringify(hs256Header)),
    fc.json({ maxDepth: 1 }).map((json) => `{"alg":"HS256","kid":${json}}`),
  )
  fc.assert(
    fc.property(header, text, (headerText, payloadText) => {
      const token = handMadeToken(headerText, payloadText, { key: signingKey })
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
    expect(judge(to, from.signToken({ ...good, exp: nowSeconds - 100 }))).toBe('expired')
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
    expect(header).toEqual(hs256Header)
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
