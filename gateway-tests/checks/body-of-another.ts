import { Agent } from 'node:http'
import { expect } from 'vitest'
import { unrememberedBearer } from '../client/credentials.js'
import { tokenOf } from '../client/log-in.js'
import { send } from '../client/send.js'
import { type Gateway, profilePath } from './gateway.js'

const rounds = 40

/**
 * Row 11: a body sent by one who is refused is not waited for on the kept-alive connection to auth-service, where the next user's
 * question goes. Half of the rounds share one connection to the gateway, and so one of its workers; the others have their own.
 */
export async function keepsBodiesApart(gateway: Gateway) {
  const token = await tokenOf('bob', gateway.url)
  const shared = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (let round = 0; round < rounds; round++) {
      const connection = round % 2 === 0 ? { agent: shared } : {}
      const post = { method: 'POST', body: JSON.stringify({ filler: 'x'.repeat(500 + round) }), ...connection }
      const refused = await send(gateway.url, profilePath, post)
      expect(refused.status, `round ${round}: a POST without a token`).toBe(401)
      // Spelled anew, or the verdict is remembered and auth-service is not asked.
      const next = await send(gateway.url, profilePath, { headers: [unrememberedBearer(token)], ...connection })
      expect(next.status, `round ${round}: the next user's request`).toBe(200)
      expect(JSON.parse(next.body).data.username).toBe('bob')
    }
  } finally {
    shared.destroy()
  }
}
