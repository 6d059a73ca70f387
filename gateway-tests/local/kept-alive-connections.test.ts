import { upstreamAt } from 'local-stack'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { unrememberedBearer } from '../client/credentials.js'
import { tokenOf } from '../client/log-in.js'
import { send } from '../client/send.js'
import { type CountingProxy, startCountingProxy } from '../stack/counting-proxy.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'

/** "A handful": more than the workers of a small machine have, and far from one a request. */
const handful = 10

describe.runIf(inject('isLocal'))('row 14: connections to the services are kept alive', () => {
  let stack: OwnStack
  let auth: CountingProxy
  let api: CountingProxy
  let url: string

  beforeAll(async () => {
    stack = await startOwnStack()
    auth = await startCountingProxy(stack.auth.port)
    api = await startCountingProxy(stack.api.port)
    url = (await stack.startGateway([upstreamAt('auth', auth.port), upstreamAt('api', api.port)])).url
  })
  afterAll(async () => {
    await stack?.stop()
    await Promise.all([auth?.stop(), api?.stop()])
  })

  test('200 protected requests, good and bad, take a handful of connections', async () => {
    const token = await tokenOf('alice', url)
    for (let request = 0; request < 200; request++) {
      const bad = request % 4 === 0
      const headers = [unrememberedBearer(bad ? `${token}x` : token)]
      expect((await send(url, profilePath, { headers })).status).toBe(bad ? 401 : 200)
    }
    expect(auth.accepted).toBeLessThanOrEqual(handful)
    expect(api.accepted).toBeLessThanOrEqual(handful)
  })
})
