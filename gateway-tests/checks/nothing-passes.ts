import { expect } from 'vitest'
import { unsignedToken } from '../client/credentials.js'
import { type Answer, bearer, type RequestOptions, send } from '../client/send.js'
import { expectApiSawNothing } from './api-log.js'
import { type Gateway, profilePath } from './gateway.js'

type Attempt = RequestOptions & { path: string }

/** Row 2: what is protected asks for a token, and nothing that is answered 401 on the way reaches the API. */
export const refusesWhoHasNoToken = (gateway: Gateway) =>
  expectNothingPasses(
    gateway,
    [
      { path: profilePath },
      { path: '/api/v1/' },
      { path: '/api/v1/nothing/here' },
      { path: profilePath, headers: [bearer(unsignedToken)] },
      ...['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => ({ method, path: profilePath })),
    ],
    [401],
  )

/** Row 3: nginx tells paths apart by case, so whatever else is case-insensitive must never get to see one. */
export const knowsNoOtherCase = (gateway: Gateway) =>
  expectNothingPasses(
    gateway,
    ['/API/v1/user/profile', '/Api/V1/user/profile', '/api/V1/user/profile', '/aPI/v1/', profilePath.toUpperCase()].map(
      (path) => ({ path }),
    ),
    [401, 404],
  )

/** Row 4: an extension makes no difference, though nginx prefers a regular expression to a prefix. */
export const knowsNoExtension = (gateway: Gateway) =>
  expectNothingPasses(
    gateway,
    ['x.js', 'user/profile.js', 'x.css', 'x.png', 'user/profile.php', 'x.js/../user/profile', 'x.ico', 'x.html'].map(
      (name) => ({ path: `/api/v1/${name}` }),
    ),
    [401],
  )

/** Asserts that the API sees none of these, and that each is answered with one of the statuses. */
export async function expectNothingPasses(gateway: Gateway, attempts: Attempt[], statuses: number[]) {
  const answers: Answer[] = []
  for (const { path, ...options } of attempts) answers.push(await send(gateway.url, path, options))
  // First, because it is what matters: a bypass may well be answered 401, by the API.
  await expectApiSawNothing(gateway, answers)
  for (const [index, { method = 'GET', path }] of attempts.entries()) {
    expect(statuses, `${method} ${path}`).toContain(answers[index]?.status)
  }
}
