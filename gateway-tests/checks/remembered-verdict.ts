import { expect } from 'vitest'
import { unsignedToken } from '../client/credentials.js'
import { tokenOf } from '../client/log-in.js'
import { type Answer, bearer, type Header, send } from '../client/send.js'
import { expectApiSawNothing } from './api-log.js'
import { type Gateway, profilePath } from './gateway.js'

/** Row 18: a verdict is remembered for the credential it is about, and for no other on the same path. */
export async function remembersVerdictsByCredential(gateway: Gateway) {
  const good = bearer(await tokenOf('alice', gateway.url))
  const others: Header[][] = [
    [],
    [bearer(unsignedToken)],
    [['Authorization', `${good[1]}x`]],
    [['Authorization', good[1].slice(0, -1)]],
  ]
  const answers: Answer[] = []
  for (const headers of others) {
    expect((await send(gateway.url, profilePath, { headers: [good] })).status, 'a good token').toBe(200)
    answers.push(await send(gateway.url, profilePath, { headers }))
  }
  await expectApiSawNothing(gateway, answers)
  expect(answers.map(({ status }) => status)).toEqual(others.map(() => 401))
}
