import { expect } from 'vitest'
import { tokenOf } from '../client/log-in.js'
import { bearer, type Header, send } from '../client/send.js'
import type { StandIn } from '../stack/stand-in.js'
import { profilePath } from './gateway.js'

const claim = 'somebody-else'

/** Headers by which services of other stacks are told who asks. */
export const identityHeaders: Header[] = [
  'X-User-Id',
  'x-user-id',
  'X_User_Id',
  'X-User',
  'X-Auth-User',
  'X-Auth-Subject',
  'X-Auth-Request-User',
  'X-Auth-Request-Email',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Remote-User',
  'Remote-User',
  'X-Role',
  'X-Authenticated-Userid',
  'X-Original-User',
].map((name) => [name, claim])

/** Row 7: with a valid token, what a client says about its own identity reaches the API under no name. */
export async function dropsIdentityHeaders(gateway: { url: string }, api: StandIn) {
  api.forget()
  const headers = [bearer(await tokenOf('alice', gateway.url)), ...identityHeaders]
  await send(gateway.url, profilePath, { headers })
  expect(api.seen, 'requests the API got').toHaveLength(1)
  const arrived = api.seen.flatMap((request) => request.headers.filter(([, value]) => value.includes(claim)))
  expect(arrived, 'identity headers that reached the API').toEqual([])
}
