import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { expectApiSawNothing } from '../checks/api-log.js'
import { profilePath } from '../checks/gateway.js'
import { openSession, tokenOf } from '../client/log-in.js'
import { bearer, type Header, send, valuesOf } from '../client/send.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

describe.runIf(inject('isLocal'))('the logs', () => {
  let stack: OwnStack
  beforeAll(async () => {
    stack = await startOwnStack()
  })
  afterAll(() => stack?.stop())

  test('hold no token, no password, no hash and no key, whatever becomes of the request', async () => {
    const { url } = stack
    const { token, refreshToken } = await openSession('alice', url)
    const secrets = [token, token.slice(0, -1), refreshToken, 'a-mistyped-password', 'password123', stack.signingKey]
    const post = (path: string, body: string) =>
      send(url, path, { method: 'POST', headers: [['Content-Type', 'application/json']], body })
    const logIn = (body: string) => post('/login', body)
    const credentials: Header[][] = [
      [bearer(token)],
      [bearer(`${token}x`)],
      [bearer(token), bearer(token)],
      [bearer(token + 'x'.repeat(9000))],
      [['Cookie', `token=${token}`]],
      [['X-Api-Key', token]],
    ]
    for (const headers of credentials) await send(url, profilePath, { headers })
    await send(url, `${profilePath}?access_token=${token}`)
    await send(url, `/nothing?access_token=${token}`, { headers: [['Referer', `http://x/?access_token=${token}`]] })
    await logIn('{"username":"alice","password":"a-mistyped-password"')
    await logIn('{"username":"a-mistyped-password","password":["a-mistyped-password"]}')
    await logIn(`{"username":"alice","password":"a-mistyped-password${'x'.repeat(5000)}"}`)
    for (const path of ['/refresh', '/logout']) {
      await post(path, `{"refreshToken":"${refreshToken}"`)
      await post(path, `{"refreshToken":["${refreshToken}"]}`)
      await post(path, `{"refreshToken":"${refreshToken}","more":"${'x'.repeat(2000)}"}`)
      await post(`${path}?refreshToken=${refreshToken}`, '{}')
      const answer = await post(path, `{"refreshToken":"${refreshToken}"}`)
      if (path === '/refresh') secrets.push(JSON.parse(answer.body).refreshToken)
    }
    await expectApiSawNothing(stack, [])

    for (const log of stack.readLogs()) {
      for (const secret of secrets) expect(log).not.toContain(secret)
      // A hash of bcrypt.
      expect(log).not.toMatch(/\$2[aby]\$\d\d\$/)
    }
  })

  test('name a request by the id of its answer, at the gateway and behind it', async () => {
    const answer = await send(stack.url, profilePath, { headers: [bearer(await tokenOf('bob', stack.url))] })
    await expectApiSawNothing(stack, [])
    const [id = ''] = valuesOf(answer, 'X-Request-Id')
    const lines = stack.readLogs().flatMap((log) => log.split('\n').filter((line) => line.includes(id)))
    const entries = lines.map((line) => JSON.parse(line) as { service: string; status: number })
    expect(entries.map(({ service, status }) => `${service} ${status}`).sort()).toEqual([
      'api-service 200',
      'nginx 200',
    ])
  })
})
