import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Edit,
  editConfiguration,
  freePorts,
  type GatewaySettings,
  type GatewayTls,
  limitsOutOfReach,
  makeTemporaryFolder,
  startStack,
} from 'local-stack'

const parts = ['nginx', 'auth', 'api', 'postgres'] as const

/** A stack of this run's own, in a folder that goes with it. What each part logs is in a file, as it would be of a deployment. */
export async function startOwnStack() {
  const { folder, remove } = makeTemporaryFolder()
  const logFile = (part: string) => join(folder, 'logs', `${part}.log`)
  mkdirSync(join(folder, 'logs'))
  for (const part of parts) writeFileSync(logFile(part), '')

  const [gatewayPort = 0] = await freePorts(1)
  const stack = await startStack({
    stateFolder: folder,
    gatewayPort,
    authEngines: ['cpp'],
    apiInstances: 1,
    gatewaySettings: limitsOutOfReach,
    onLine: (source, line) => {
      const part = parts.find((name) => source.startsWith(name)) ?? source
      appendFileSync(logFile(part), `${line}\n`)
    },
  }).catch(async (error: unknown) => {
    remove()
    throw error
  })
  const [auth] = stack.authServices
  const [api] = stack.apiServices
  if (!auth || !api) throw new Error('the stack has no auth-service or no api-service')

  const gateways: { stop: () => Promise<void> }[] = []
  return {
    url: stack.url,
    apiLogFile: logFile('api'),
    auth,
    api,
    /** The key of HS256, as the services read it. */
    signingKey: readFileSync(join(folder, 'secrets/api/jwt_secret'), 'utf8').trim(),
    /** Everything that was logged by anyone until now. */
    readLogs: () => readdirSync(join(folder, 'logs')).map((name) => readFileSync(join(folder, 'logs', name), 'utf8')),
    /** Another gateway in front of the same services, with a changed configuration. Stops when the stack does. */
    async startGateway(edits: Edit[], options: { settings?: GatewaySettings; tls?: GatewayTls } = {}) {
      const [port = 0] = await freePorts(1)
      const gateway = await stack.startSecondGateway({
        folder: join(folder, `nginx-${port}`),
        port,
        alter: (configFolder) => editConfiguration(configFolder, edits),
        ...options,
      })
      gateways.push(gateway)
      return { url: gateway.url, port, process: gateway.process, apiLogFile: logFile('api') }
    },
    async stop() {
      await Promise.all(gateways.map((gateway) => gateway.stop()))
      await stack.stop()
      remove()
    },
  }
}

export type OwnStack = Awaited<ReturnType<typeof startOwnStack>>
