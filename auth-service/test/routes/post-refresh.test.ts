import jwt from 'jsonwebtoken'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { connectAsOwner, logInAs, newUser } from '../sessions-of-users.js'
import { signingKey, startAuthService } from '../start-auth-service.js'

type Service = Awaited<ReturnType<typeof startAuthService>>

const refresh = ({ listener }: Service, refreshToken: string) =>
  request(listener).post('/refresh').set('X-Real-IP', '192.0.2.7').set('User-Agent', 'a browser').send({ refreshToken })

const claimsOf = (token: string) => jwt.verify(token, signingKey) as jwt.JwtPayload

it('trades a refresh token for a new pair', async () => {
  const service = await startAuthService()
  const opened = await logInAs(service)
  const answer = await refresh(service, opened.refreshToken).expect(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).toEqual({
    token: expect.any(String),
    tokenType: 'Bearer',
    expiresIn: 900,
    refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    refreshExpiresIn: 30 * 86_400,
  })
  expect(answer.body.refreshToken).not.toBe(opened.refreshToken)
  const [before, after] = [claimsOf(opened.token), claimsOf(answer.body.token)]
  expect(after).toMatchObject({ iss: 'auth-service', aud: 'api-service', sub: before.sub, sid: before.sid })
  expect(after.jti).not.toBe(before.jti)
  await refresh(service, answer.body.refreshToken).expect(200)
})
