import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcrypt'
import {
  type Edit,
  editConfiguration,
  freePorts,
  limitsOutOfReach,
  makeTemporaryFolder,
  startStack,
  upstreamAt,
} from 'local-stack'
import { writeLines } from './closed-loop.js'
import { addUsers, filledPassword, loginBody } from './fill-database.js'
import { signTokens } from './tokens.js'

/** The path that is read to see what a protected request costs. */
export const profilePath = '/api/v1/user/profile'

// Of no database that is filled. So many that none gets to have more sessions than one may.
const loginUsers = Array.from({ length: 1000 }, (_, index) => 2_000_000 + index)

/** Bodies of logins of users that each stack here has, with hashes of the cost of the demo users'. */
export const loginBodies = loginUsers.map(loginBody)

type BenchStackOptions = { authEngines?: string[]; env?: Record<string, string> }

/** The edits that make a gateway differ from the product's. */
export const gatewayEdits = {
  withoutAuth: [{ file: 'includes/route-api.conf', find: 'auth_request /_auth_validation;', put: 'auth_request off;' }],
  withoutVerdictCache: [{ file: 'conf.d/verdict-cache.conf', find: 'default 0;', put: 'default 1;' }],
  /** Sends what is for auth-service to one port, or to another address, as nginx writes one. */
  authAt: (at: number | string) => [upstreamAt('auth', at)],
  /** The subrequest carries all the client sent, as it does unless one says otherwise. */
  withAllHeaders: [
    {
      file: 'includes/route-api.conf',
      find: /(location = \/_auth_validation \{)/,
      put: '$1\n  proxy_pass_request_headers on;',
    },
  ],
}

/**
 * The whole stack as `npm start` runs it, in a folder of its own. Every gateway makes its access log and throws it away, so that all
 * that are compared log alike and no disk is measured; the services' lines come through pipes to us, as with `npm start`.
 */
export async function startBenchStack({ authEngines = ['cpp'], env = {} }: BenchStackOptions = {}) {
  const { folder, remove } = makeTemporaryFolder()
  const [gatewayPort = 0] = await freePorts(1)
  const stack = await startStack({
    stateFolder: folder,
    gatewayPort,
    authEngines,
    apiInstances: 1,
    env,
    gatewaySettings: limitsOutOfReach,
    gatewayAccessLogFile: '/dev/null',
  }).catch((error: unknown) => {
    remove()
    throw error
  })
  await addUsers(stack.postgres.ownerUrl, loginUsers, await bcrypt.hash(filledPassword, 10))
  const signingKey = readFileSync(join(folder, 'secrets/auth/jwt_secret'), 'utf8').trim()
  const extraGateways: { stop: () => Promise<void> }[] = []

  return {
    ...stack,
    folder,
    url: loopback(stack.url),
    signingKey,
    auth: first(stack.authServices),
    api: first(stack.apiServices),
    authDatabaseUrl: stack.postgres.roleUrl('auth_service'),
    ownerDatabaseUrl: stack.postgres.ownerUrl,
    signTokens: (count: number) => signTokens(signingKey, count),
    writeTokens: (name: string, count: number) => writeLines(join(folder, name), signTokens(signingKey, count)),
    /** The URL of another gateway before the same services, with its configuration edited. Stops with the stack. */
    async startEditedGateway(edits: Edit[]): Promise<string> {
      const [port = 0] = await freePorts(1)
      const gateway = await stack.startSecondGateway({
        folder: join(folder, `nginx-${port}`),
        port,
        alter: (config) => editConfiguration(config, edits),
      })
      extraGateways.push(gateway)
      return loopback(gateway.url)
    },
    async stop() {
      await Promise.all(extraGateways.map((gateway) => gateway.stop()))
      await stack.stop()
      remove()
    },
  }
}

export type BenchStack = Awaited<ReturnType<typeof startBenchStack>>

// A name would have to be looked up, and may mean two addresses.
const loopback = (url: string) => url.replace('//localhost', '//127.0.0.1')

function first<Item>([item]: Item[]): Item {
  if (!item) throw new Error('the stack has no such service')
  return item
}
