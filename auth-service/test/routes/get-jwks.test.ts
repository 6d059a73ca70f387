import { generateKeyPairSync } from 'node:crypto'
import { parsePrivateKey, parsePublicKeys } from '@auth-stack/signing-keys'
import { createLocalJWKSet, jwtVerify } from 'jose'
import request from 'supertest'
import { expect, it } from 'vitest'
import { engineNames } from '../../src/crypto/engine.js'
import { keysWith, startAuthService } from '../start-auth-service.js'

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
const path = '/.well-known/jwks.json'
const logIn = { username: 'alice', password: 'password123' }

it('is empty when tokens are signed with a secret', async () => {
  const answer = await request((await startAuthService()).listener).get(path)
  expect(answer.status).toBe(200)
  expect(answer.text).toBe('{"keys":[]}')
})

it('may be kept for five minutes by anybody, and is JSON', async () => {
  const answer = await request((await startAuthService()).listener).get(path)
  expect(answer.headers['cache-control']).toBe('public, max-age=300')
  expect(answer.headers['content-type']).toMatch(/^application\/json/)
})

it('is only read', async () => {
  const answer = await request((await startAuthService()).listener).post(path)
  expect(answer.status).toBe(405)
  expect(answer.headers.allow).toBe('GET, HEAD')
})

it.each(engineNames)('is all that is needed to check the tokens of a login: %s', async (engineName) => {
  const [current, next] = [pair(), pair()]
  const keys = keysWith({
    privateKey: parsePrivateKey(current.privatePem),
    acceptedPublicKeys: parsePublicKeys(next.publicPem),
  })
  const { listener } = await startAuthService({ engineName, keys })
  const jwks = (await request(listener).get(path)).body
  expect(jwks.keys).toHaveLength(2)

  const { token } = (await request(listener).post('/login').send(logIn)).body
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), { issuer: 'auth-service' })
  expect(payload.sub).toBe('1')
  expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: jwks.keys[0].kid })
  await request(listener).get('/validate').set('Authorization', `Bearer ${token}`).expect(200)
})
