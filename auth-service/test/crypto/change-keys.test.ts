import { generateKeyPairSync } from 'node:crypto'
import { parsePrivateKey, type SecretKey, secretKey } from '@auth-stack/signing-keys'
import { goodClaims, handMadeToken, hs256Header } from '@auth-stack/token-vectors'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { engineNames } from '../../src/crypto/engine.js'
import { keysWith, startAuthService } from '../start-auth-service.js'

const [before, after] = [secretKey(Buffer.alloc(32, 'b')), secretKey(Buffer.alloc(32, 'a'))]
const logIn = { username: 'alice', password: 'password123' }

const tokenBy = ({ secret }: SecretKey) =>
  handMadeToken(hs256Header, goodClaims(Math.floor(Date.now() / 1000)), { key: secret })

describe.each(engineNames)('while it serves, with the engine %s,', (engineName) => {
  async function setUp() {
    const { listener, crypto } = await startAuthService({ engineName, keys: keysWith({ secret: before }) })
    const validate = async (token: string) =>
      (await request(listener).get('/validate').set('Authorization', `Bearer ${token}`)).status
    const issue = async () => (await request(listener).post('/login').send(logIn)).body.token as string
    return { crypto, validate, issue }
  }

  it('a key can be accepted, then sign, then the former be dropped', async () => {
    const { crypto, validate, issue } = await setUp()
    const early = await issue()
    const ours = tokenBy(after)
    expect([await validate(early), await validate(ours)]).toEqual([200, 401])

    crypto.useKeys(keysWith({ secret: before, acceptedSecrets: [after] }))
    expect([await validate(early), await validate(ours)]).toEqual([200, 200])

    crypto.useKeys(keysWith({ secret: after, acceptedSecrets: [before] }))
    const late = await issue()
    expect([await validate(early), await validate(ours), await validate(late)]).toEqual([200, 200, 200])

    crypto.useKeys(keysWith({ secret: after }))
    expect([await validate(early), await validate(ours), await validate(late)]).toEqual([401, 200, 200])
  })

  it('signing can change from a secret to a private key', async () => {
    const { crypto, validate, issue } = await setUp()
    const early = await issue()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    crypto.useKeys(keysWith({ secret: before, privateKey: key }))
    const late = await issue()
    expect(JSON.parse(Buffer.from(late.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: key.kid,
    })
    expect([await validate(early), await validate(late)]).toEqual([200, 200])

    crypto.useKeys(keysWith({ secret: undefined, privateKey: key }))
    expect([await validate(early), await validate(late)]).toEqual([401, 200])
  })
})
