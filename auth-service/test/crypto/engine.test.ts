import { generateKeyPairSync } from 'node:crypto'
import { judgeToken, tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import {
  createVerifySignature,
  parsePrivateKey,
  type SigningKey,
  secretKey,
  type VerificationKey,
} from '@auth-stack/signing-keys'
import {
  forgedTokenVectors,
  goodClaims,
  handMadeToken,
  hs256Header,
  keyChoiceVectors,
  leewayVectors,
  tokenVectors,
} from '@auth-stack/token-vectors'
import fc from 'fast-check'
import { importPKCS8, importSPKI, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type Engine, engineNames, engines } from '../../src/crypto/engine.js'

const signingKey = Buffer.from('a key for tests, of 32 bytes or more')
const nowSeconds = 1_800_000_000
const leewaySeconds = 5
const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds }
const good = goodClaims(nowSeconds)

const keyOf = ({ privateKey }: ReturnType<typeof generateKeyPairSync>) =>
  parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const secret = secretKey(signingKey)
const signingKeys: SigningKey[] = [secret, keyOf(ec), keyOf(rsa)]

const created = await Promise.all(engineNames.map(async (name) => [name, (await engines[name]()).engine] as const))
const pairs = created.flatMap(([writer, from]) => created.map(([reader, to]) => ({ writer, from, reader, to })))

const judge = (engine: Engine, token: string, keys: VerificationKey[] = [secret]) => {
  const verifySignature = createVerifySignature({ keys, prepare: engine.createVerifier })
  const verdict = judgeToken(token, verifySignature, policy, nowSeconds)
  return verdict.ok ? 'accepted' : verdict.refusal
}

/** Every engine has to judge each of these alike. */
const vectors = [
  ...tokenVectors({ signingKey, nowSeconds }),
  ...leewayVectors({ signingKey, nowSeconds, leewaySeconds }),
  ...forgedTokenVectors(nowSeconds),
]

/** And each of these, for whom has a key of each algorithm. */
const choices = keyChoiceVectors({
  secret: signingKey,
  ec: { ...keyOf(ec), privateKey: ec.privateKey },
  rsa: { ...keyOf(rsa), privateKey: rsa.privateKey },
  nowSeconds,
})

describe.each(created)('the engine %s judges', (_name, engine) => {
  it.each(vectors)('$what', ({ token, outcome }) => {
    expect(judge(engine, token)).toBe(outcome)
  })

  it.each(choices)('with three keys: $what', ({ token, outcome }) => {
    expect(judge(engine, token, signingKeys)).toBe(outcome)
  })

  it.each([...vectors, ...choices])('without any key, as not good: $what', ({ token }) => {
    expect(judge(engine, token, [])).toMatch(/^(malformed|wrong-algorithm)$/)
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

const signings = pairs.flatMap((pair) => signingKeys.map((key) => ({ ...pair, key, algorithm: key.algorithm })))

describe.each(signings)('what $writer signs with $algorithm, $reader', ({ from, to, key }) => {
  const sign = from.createSigner(key)

  it('accepts', () => {
    expect(judge(to, sign(good), [key])).toBe('accepted')
    expect(judge(to, sign(good), signingKeys)).toBe('accepted')
  })

  it('refuses once it expired', () => {
    expect(judge(to, sign({ ...good, exp: nowSeconds - 100 }), [key])).toBe('expired')
  })

  it('refuses when the key is another of its algorithm', () => {
    const others = [secretKey(Buffer.alloc(32, 1)), ...signingKeys.filter((other) => other !== key)]
    const refusal = key.algorithm === 'HS256' ? 'bad-signature' : 'wrong-algorithm'
    expect(judge(to, sign(good), others)).toBe(refusal)
  })
})

describe.each(created)('what %s signs, an independent library', (_name, engine) => {
  it.each(signingKeys)('accepts: $algorithm', async (key) => {
    const verifyKey = key.algorithm === 'HS256' ? key.secret : await importSPKI(key.publicKey, key.algorithm)
    const { payload } = await jwtVerify(engine.createSigner(key)(good), verifyKey, {
      currentDate: new Date(nowSeconds * 1000),
    })
    expect(payload).toEqual(good)
  })

  it.each(signingKeys)('signs for it: $algorithm', async (key) => {
    const signer = key.algorithm === 'HS256' ? key.secret : await importPKCS8(key.privateKey, key.algorithm)
    const header = { alg: key.algorithm, typ: 'JWT', ...(key.algorithm !== 'HS256' && { kid: key.kid }) }
    expect(judge(engine, await new SignJWT(good).setProtectedHeader(header).sign(signer), [key])).toBe('accepted')
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
  it.each(signingKeys)(
    'writes exactly the claims it was given, under the header of the contract: $algorithm',
    (key) => {
      const [header, payload] = engine
        .createSigner(key)(good)
        .split('.')
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
      expect(header).toEqual(key.algorithm === 'HS256' ? hs256Header : { alg: key.algorithm, typ: 'JWT', kid: key.kid })
      expect(payload).toEqual(good)
    },
  )

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
