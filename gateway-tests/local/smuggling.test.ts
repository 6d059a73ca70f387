import { upstreamAt } from 'local-stack'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { ambiguities, smuggle } from '../checks/smuggling.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'
import { type StandIn, startStandIn } from '../stack/stand-in.js'

describe.runIf(inject('isLocal'))('request smuggling', () => {
  let stack: OwnStack
  let auth: StandIn
  let api: StandIn
  let url: string

  beforeAll(async () => {
    ;[stack, auth, api] = await Promise.all([startOwnStack(), startStandIn(), startStandIn()])
    url = (await stack.startGateway([upstreamAt('api', api.port), upstreamAt('auth', auth.port)])).url
  })
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([auth?.stop(), api?.stop()])
  })
  beforeEach(() => {
    auth.forget()
    api.forget()
  })

  test.each(ambiguities)('by $what: no service gets to see it', async ({ tolerated, ...ambiguity }) => {
    await smuggle(url, '/login', ambiguity)
    await smuggle(url, '/api/v1/user/profile', ambiguity)
    const seen = [...auth.seen.filter(({ url: path }) => path !== '/validate'), ...api.seen]
    expect(seen.map(({ method, url: path, body }) => [method, path, body])).toEqual(
      tolerated && seen.length > 0
        ? [
            ['POST', '/login', 'abc'],
            ['POST', '/api/v1/user/profile', 'abc'],
          ]
        : [],
    )
  })

  test.each(ambiguities)('by $what: a service alone is not fooled either', async (ambiguity) => {
    for (const [door, path] of [
      [stack.auth.url, '/login'],
      [stack.auth.url, '/validate'],
      [stack.api.url, '/api/v1/user/profile'],
    ] as const) {
      const statuses = await smuggle(door, path, ambiguity)
      // The request that is smuggled would be 404.
      expect([[400], [401], [401, 400], []], `${door}${path}`).toContainEqual(statuses)
    }
  })
})
