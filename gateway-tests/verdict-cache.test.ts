import { expect, inject, test } from 'vitest'
import { profilePath } from './checks/gateway.js'
import { remembersVerdictsByCredential } from './checks/remembered-verdict.js'
import { unsignedToken } from './client/credentials.js'
import { tokenOf } from './client/log-in.js'
import { bearer, send } from './client/send.js'

const gateway = inject('gateway')
const ask = (token: string) => send(gateway.url, profilePath, { headers: [bearer(token)] })

test('row 18: a good verdict is remembered for its own credential only', () => remembersVerdictsByCredential(gateway))

test('row 18: two users who take turns each get their own profile', async () => {
  for (let round = 0; round < 5; round++) {
    for (const user of ['alice', 'bob', 'admin'] as const) {
      const answer = await ask(await tokenOf(user, gateway.url))
      expect(JSON.parse(answer.body).data.username).toBe(user)
    }
  }
})

test('row 19: a good token passes right after a bad one', async () => {
  const good = await tokenOf('alice', gateway.url)
  for (let round = 0; round < 5; round++) {
    expect((await ask(unsignedToken)).status).toBe(401)
    expect((await ask(good)).status).toBe(200)
  }
})
