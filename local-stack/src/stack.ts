import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Gateway, type GatewayTls, startGateway } from './gateway.js'
import type { GatewaySettings } from './gateway-variables.js'
import { startGuardian } from './guardian.js'
import { crashedEarly } from './managed-process.js'
import { ensureNginxHere } from './nginx-binary.js'
import { createNodeService, type NodeService } from './node-service.js'
import { freePorts } from './ports.js'
import { type Postgres, startPostgres } from './postgres.js'
import { makeSecrets } from './secrets.js'
import { describeFailure, StackError } from './stack-error.js'
import { claimStateFolder, makeStateFolder } from './state-folder.js'

// One that refuses its configuration may not be the only one, and all mistakes are told at once. By then the others are up, or never will be.
const othersMayFailMs = 5000

/** Where the project lies. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

export type StackOptions = {
  /** Holds everything the stack keeps: database, secrets, rendered configuration. */
  stateFolder: string
  /** A function is asked once the state folder is known to be ours alone. */
  gatewayPort: number | (() => Promise<number>)
  /** The engine of each auth-service. */
  authEngines: string[]
  apiInstances: number
  /** Added to the environment of every service. */
  env?: Record<string, string>
  gatewayTls?: Omit<GatewayTls, 'port'> & { port: StackOptions['gatewayPort'] }
  gatewaySettings?: GatewaySettings
  /** `/dev/null`: none. */
  gatewayAccessLogFile?: string
  onProgress?: (text: string) => void
  /** A line that the named process logged. */
  onLine?: (source: string, line: string) => void
  /** A process ended without having been asked to. While the stack is starting, `startStack` throws instead. */
  onCrash?: (name: string, how: string) => void
}

/**
 * The whole stack on this machine, without containers: Postgres, the services, nginx. Resolves once it serves; when it cannot, nothing
 * it started is left and it throws a StackError. `signal` gives up starting.
 */
export async function startStack(options: StackOptions, signal?: AbortSignal) {
  const { gatewayPort, gatewayTls, authEngines, apiInstances } = options
  const { onProgress = () => {}, onLine = () => {}, onCrash = () => {} } = options
  const stateFolder = makeStateFolder(options.stateFolder, { isRoot: process.getuid?.() === 0 })
  const guardian = startGuardian()
  const release = await claimStateFolder(stateFolder, guardian.pid ?? 0).catch((error: unknown) => {
    guardian.dismiss()
    throw error
  })

  const giveUp = new AbortController()
  const interrupt = () => giveUp.abort(new StackError('Stopped before it was up'))
  if (signal?.aborted) interrupt()
  signal?.addEventListener('abort', interrupt)
  let isUp = false
  const watch = (name: string) => ({
    guardian,
    giveUp: giveUp.signal,
    onLine: (line: string) => onLine(name, line),
    onCrash: (how: string, said: string) => {
      if (isUp) onCrash(name, how)
      else setTimeout(() => giveUp.abort(crashedEarly(name, how, said)), othersMayFailMs).unref()
    },
  })

  let gateway: Gateway | undefined
  let services: NodeService[] = []
  let postgres: Postgres | undefined

  /** In the order in which nothing is missed: first who asks, then who is asked. */
  async function stopAll() {
    signal?.removeEventListener('abort', interrupt)
    await gateway?.stop()
    await Promise.all(services.map((service) => service.stop()))
    await postgres?.stop()
    rmSync(join(stateFolder, 'instances'), { force: true })
    guardian.dismiss()
    release()
  }
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= stopAll()
    return stopped
  }

  const step = (text: string) => {
    giveUp.signal.throwIfAborted()
    onProgress(text)
  }

  try {
    const port = typeof gatewayPort === 'number' ? gatewayPort : await gatewayPort()
    const tls = gatewayTls && {
      ...gatewayTls,
      port: typeof gatewayTls.port === 'number' ? gatewayTls.port : await gatewayTls.port(),
    }
    if (tls?.port === port) throw new StackError('GATEWAY_TLS_PORT and GATEWAY_PORT are the same')
    const nginx = await ensureNginxHere(projectFolder, onProgress)
    const secrets = await makeSecrets(projectFolder, join(stateFolder, 'secrets'))
    const [postgresPort = 0, ...servicePorts] = await freePorts(1 + authEngines.length + apiInstances)

    step('Starting Postgres')
    const database = await startPostgres({
      ...watch('postgres'),
      sqlFolder: join(projectFolder, 'database'),
      folder: join(stateFolder, 'postgres'),
      port: postgresPort,
      secrets,
    })
    postgres = database
    // For `npm run admin`, which finds it there.
    secrets.writeDatabaseUrl('admin', database.roleUrl('admin_cli'))

    step('Starting the services')
    const serviceEnv = (service: 'auth' | 'api', role: 'auth_service' | 'api_service') => ({
      ...inheritedEnv(),
      DATABASE_URL_FILE: secrets.writeDatabaseUrl(service, database.roleUrl(role)),
      ...secrets.keyFiles[service],
      ...options.env,
    })
    const authEnv = serviceEnv('auth', 'auth_service')
    const apiEnv = {
      // The gateway starts when the services are there, so it is not asked.
      JWKS_URL: `http://127.0.0.1:${servicePorts[0]}/.well-known/jwks.json`,
      ...serviceEnv('api', 'api_service'),
    }
    const nextPort = () => servicePorts.shift() ?? 0
    const authServices = authEngines.map((engine, index) => {
      const name = `auth-${index + 1} (${engine})`
      return createNodeService({
        ...watch(name),
        name,
        onStarted: () => listInstances(),
        main: join(projectFolder, 'auth-service/dist/main.js'),
        port: nextPort(),
        // As the demo users' hashes are.
        env: {
          BCRYPT_COST: '10',
          REFRESH_TOKEN_SECRET_FILE: secrets.refreshTokenSecretFile,
          ...authEnv,
          INSTANCE_NAME: `auth-${index + 1}`,
          CRYPTO_ENGINE: engine,
        },
      })
    })
    const apiServices = Array.from({ length: apiInstances }, (_, index) => {
      const name = `api-${index + 1}`
      return createNodeService({
        ...watch(name),
        name,
        onStarted: () => listInstances(),
        main: join(projectFolder, 'api-service/dist/main.js'),
        port: nextPort(),
        env: apiEnv,
      })
    })
    services = [...authServices, ...apiServices]
    const listInstances = () =>
      writeInstances(stateFolder, { 'auth-service': authServices, 'api-service': apiServices })
    await allOrWhy(services.map((service) => service.start()))

    step('Starting nginx')
    const { gatewaySettings: settings = {}, gatewayAccessLogFile: accessLogFile } = options
    const gatewayOptions = {
      nginx,
      settings,
      ...(accessLogFile && { accessLogFile }),
      sourceFolder: join(projectFolder, 'nginx'),
      authServers: [...authServices.map(address), ...furtherAuthServers(process.env.GATEWAY_AUTH_SERVERS)],
      apiServers: apiServices.map(address),
    }
    const running = await startGateway({
      ...watch('nginx'),
      ...gatewayOptions,
      folder: join(stateFolder, 'nginx'),
      port,
      ...(tls && { tls }),
    })
    gateway = running
    step('Up')
    isUp = true

    return {
      url: running.url,
      gateway: running,
      authServices,
      apiServices,
      postgres: database,
      /** Another gateway in front of the same services; `alter` may change its configuration first. Not stopped by `stop`. */
      startSecondGateway: (another: SecondGateway) =>
        startGateway({
          ...watch('nginx-2'),
          ...gatewayOptions,
          ...another,
          settings: { ...settings, ...another.settings },
        }),
      /** Stops all of it; asked again, it is the same stop. */
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits for all of them. Throws one StackError with what each says that did not come up. */
async function allOrWhy(starts: Promise<void>[]) {
  const results = await Promise.allSettled(starts)
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [describeFailure(result.reason)] : []))
  if (reasons.length > 0) throw new StackError([...new Set(reasons)].join('\n'))
}

type SecondGateway = Pick<Parameters<typeof startGateway>[0], 'folder' | 'port' | 'tls' | 'settings' | 'alter'>

export type Stack = Awaited<ReturnType<typeof startStack>>

/** What a service may see of our environment. Its database and keys come from this stack and nowhere else. */
function inheritedEnv(): NodeJS.ProcessEnv {
  const isOurs = (name: string) => /^(npm_|DATABASE_URL|JWT_|JWKS_URL|REFRESH_TOKEN_SECRET)/.test(name)
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)))
}

/** Tells scripts/rotate-keys.sh who runs: a line "SERVICE PID PORT" each. */
function writeInstances(stateFolder: string, services: Record<string, NodeService[]>) {
  const lines = Object.entries(services).flatMap(([kind, instances]) =>
    instances.filter(({ pid }) => pid !== undefined).map(({ pid, port }) => `${kind} ${pid} ${port}\n`),
  )
  writeFileSync(join(stateFolder, 'instances'), lines.join(''))
}

const address = ({ port }: NodeService) => `127.0.0.1:${port}`

/** Servers of any kind that keep docs/contract.md, from a list of host:port; ours come first. */
export function furtherAuthServers(list = ''): string[] {
  const servers = list.split(/[\s,]+/).filter(Boolean)
  const wrong = servers.find((server) => !/^([\w.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(server))
  if (wrong !== undefined) throw new StackError(`GATEWAY_AUTH_SERVERS: "${wrong}" is not host:port`)
  return servers
}
