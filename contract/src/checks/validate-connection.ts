import { Agent } from 'node:http'
import type { Check } from '../check.js'
import type { Target } from '../target.js'

const keptAliveRequests = 50

/** A body that would be a request of its own to a server that left it on the connection. */
const bodyLikeARequest = 'GET /livez HTTP/1.1\r\nHost: auth-service\r\n\r\n'

const allowedStatuses = '200, 401 or 403'
const isAllowed = (got: string) => ['200', '401', '403'].includes(got)

/** nginx asks with GET and without a body; but whatever is asked, auth_request makes a 500 of any other status. */
export const validateConnectionChecks: Check[] = [
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map(
    (method): Check => ({
      name: `${method} /validate`,
      expected: allowedStatuses,
      run: async (target) => String((await target.validate(undefined, { method })).status),
      accepts: isAllowed,
    }),
  ),
  {
    name: 'GET /validate with a body',
    expected: allowedStatuses,
    run: async (target) => String((await target.validate(undefined, { body: '{"a":1}' })).status),
    accepts: isAllowed,
  },
  {
    name: 'If-None-Match: * and Range',
    expected: '200',
    run: async (target) =>
      String(
        (
          await target.validate(`Bearer ${await target.issuedToken()}`, {
            headers: { 'If-None-Match': '*', Range: 'bytes=0-1' },
          })
        ).status,
      ),
  },
  {
    name: 'a body is not taken for the next request',
    expected: '401',
    run: (target) =>
      onOneConnection(async (agent) => {
        await target.validate(undefined, { method: 'POST', body: bodyLikeARequest, agent })
        return String((await target.validate(undefined, { agent })).status)
      }),
  },
  {
    name: `connections for ${keptAliveRequests} requests`,
    expected: '1',
    run: (target) => onOneConnection((agent) => countConnections(target, agent)),
  },
]

async function onOneConnection<Result>(run: (agent: Agent) => Promise<Result>): Promise<Result> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    return await run(agent)
  } finally {
    agent.destroy()
  }
}

/** Accepted, refused and absent tokens in turn. */
async function countConnections(target: Target, agent: Agent): Promise<string> {
  const authorizations = [`Bearer ${await target.issuedToken()}`, 'Bearer nonsense', undefined]
  let connections = 0
  for (let asked = 0; asked < keptAliveRequests; asked++) {
    const answer = await target.validate(authorizations[asked % authorizations.length], { agent })
    if (answer.onNewConnection) connections++
  }
  return String(connections)
}
