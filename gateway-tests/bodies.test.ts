import { randomBytes } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { keepsBodiesApart } from './checks/body-of-another.js'
import { profilePath } from './checks/gateway.js'
import { expectNothingPasses } from './checks/nothing-passes.js'
import { tokenOf } from './client/log-in.js'
import { bearer, send } from './client/send.js'

const gateway = inject('gateway')
const megabyte = 1024 * 1024

test("row 11: a body that was refused does not break the next user's request", () => keepsBodiesApart(gateway))

test('row 12: a body of 2 MB reaches the API, which says that it takes none', async () => {
  const headers = [bearer(await tokenOf('alice', gateway.url))]
  const answer = await send(gateway.url, profilePath, { method: 'POST', headers, body: randomBytes(2 * megabyte) })
  expect(answer.status).toBe(405)
  expect(JSON.parse(answer.body).code).toBe('method-not-allowed')
})

test('row 12: without a token its size makes no difference', () =>
  expectNothingPasses(gateway, [{ method: 'POST', path: profilePath, body: Buffer.alloc(2 * megabyte) }], [401]))

test('row 12: a body in chunks, of no known length, is treated alike', async () => {
  const chunked = { method: 'POST', path: profilePath, body: 'hello' }
  const coding: [string, string] = ['Transfer-Encoding', 'chunked']
  await expectNothingPasses(gateway, [{ ...chunked, headers: [coding] }], [401])
  const token = bearer(await tokenOf('alice', gateway.url))
  expect((await send(gateway.url, profilePath, { ...chunked, headers: [coding, token] })).status).toBe(405)
})
