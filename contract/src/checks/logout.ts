import { setTimeout as sleep } from 'node:timers/promises'
import type { Check } from '../check.js'
import { describeAnswer } from '../describe-answer.js'
import { bearer, openSession, postJson, refresh, renewal } from './open-session.js'

/** The service's share of the two seconds; the other is nginx's. */
const boundMs = 1000
const ended = '204, then 401 invalid-refresh-token'

/** How a session is ended by its user who leaves. */
export const logoutChecks: Check[] = [
  {
    name: 'a logout by refresh token',
    expected: ended,
    async run(target) {
      const session = await openSession(target)
      const { status } = await postJson(target, '/logout', { refreshToken: session.refreshToken })
      return `${status}, then ${await renewal(target, session)}`
    },
  },
  {
    name: 'a logout by a refresh token that was spent',
    expected: ended,
    async run(target) {
      const session = await openSession(target)
      await refresh(target, session.refreshToken)
      const { status } = await postJson(target, '/logout', { refreshToken: session.refreshToken })
      return `${status}, then ${await renewal(target, session)}`
    },
  },
  {
    name: 'a logout by access token, without a body',
    expected: ended,
    async run(target) {
      const session = await openSession(target)
      const { status } = await target.ask({ method: 'POST', path: '/logout', headers: bearer(session) })
      return `${status}, then ${await renewal(target, session)}`
    },
  },
  {
    name: 'its access token, at /validate',
    expected: `401 invalid-token within ${boundMs} ms`,
    async run(target) {
      const session = await openSession(target)
      await postJson(target, '/logout', { refreshToken: session.refreshToken })
      const deadline = performance.now() + boundMs
      do {
        const { status, headers } = await target.validate(`Bearer ${session.token}`)
        if (status === 401) return `401 ${headers['x-validate-error']} within ${boundMs} ms`
        await sleep(20)
      } while (performance.now() < deadline)
      return `still accepted after ${boundMs} ms`
    },
  },
  {
    name: 'a second logout',
    expected: '204',
    async run(target) {
      const { refreshToken } = await openSession(target)
      await postJson(target, '/logout', { refreshToken })
      return describeAnswer(await postJson(target, '/logout', { refreshToken }))
    },
  },
  {
    name: 'a logout by a refresh token nobody knows',
    expected: '204',
    run: async (target) => describeAnswer(await postJson(target, '/logout', { refreshToken: 'A'.repeat(43) })),
  },
  {
    name: 'a logout with a number',
    expected: '400 invalid-request',
    run: async (target) => describeAnswer(await postJson(target, '/logout', { refreshToken: 1 })),
  },
  {
    name: 'a logout with nothing',
    expected: '401 missing-token',
    run: async (target) => describeAnswer(await target.ask({ method: 'POST', path: '/logout' })),
  },
  {
    name: 'a logout by a bad access token',
    expected: '401 invalid-token',
    run: async (target) =>
      describeAnswer(
        await target.ask({ method: 'POST', path: '/logout', headers: { Authorization: 'Bearer not.a.token' } }),
      ),
  },
  {
    name: 'GET /logout',
    expected: '405 method-not-allowed, Allow: POST',
    async run(target) {
      const answer = await target.ask({ path: '/logout' })
      return `${describeAnswer(answer)}, Allow: ${answer.headers.allow ?? 'missing'}`
    },
  },
]
