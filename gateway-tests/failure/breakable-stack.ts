import { execFileSync, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  editConfiguration,
  freePorts,
  limitsOutOfReach,
  makeTemporaryFolder,
  projectFolder,
  startStack,
  upstreamAt,
  waitUntil,
} from 'local-stack'
import pg from 'pg'
import { sendLogin } from '../client/log-in.js'

/** A stack of two auth-services and two api-services, and what can happen to its parts. Each way to break it returns how to mend it. */
export async function startBreakableStack() {
  const { folder: stateFolder, remove } = makeTemporaryFolder()
  const [gatewayPort = 0] = await freePorts(1)
  const stack = await startStack({
    stateFolder,
    gatewayPort,
    authEngines: ['cpp', 'rust'],
    apiInstances: 2,
    gatewaySettings: limitsOutOfReach,
  })
  const { authServices, apiServices, postgres } = stack

  async function asOwner(statement: string) {
    const client = new pg.Client({ connectionString: postgres.ownerUrl })
    await client.connect()
    try {
      return await client.query(statement)
    } finally {
      await client.end()
    }
  }

  type Service = (typeof authServices)[number]
  const stopAll = async (services: Service[]) => {
    await Promise.all(services.map((service) => service.stop()))
    return () => Promise.all(services.map((service) => service.start()))
  }
  const freezeAll = async (services: Service[]) => {
    for (const service of services) service.kill('SIGSTOP')
    return async () => {
      for (const service of services) service.kill('SIGCONT')
    }
  }

  /** Another auth-service, alone behind another gateway, with this environment and this standard output. */
  async function behindAnotherGateway({
    env = {},
    stdout = '/dev/null',
  }: {
    env?: NodeJS.ProcessEnv
    stdout?: string
  }) {
    const [port = 0, secondGatewayPort = 0] = await freePorts(2)
    const secrets = join(stateFolder, 'secrets/auth')
    const child = spawn(process.execPath, [join(projectFolder, 'auth-service/dist/main.js')], {
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: String(port),
        BCRYPT_COST: '10',
        DATABASE_URL_FILE: join(secrets, 'local_database_url'),
        JWT_SECRET_FILE: join(secrets, 'jwt_secret'),
        REFRESH_TOKEN_SECRET_FILE: join(secrets, 'refresh_token_secret'),
        ...env,
      },
      stdio: ['ignore', openSync(stdout, 'w'), 'inherit'],
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await waitUntil('the other auth-service serves', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok)
    const gateway = await stack.startSecondGateway({
      folder: join(stateFolder, `nginx-${port}`),
      port: secondGatewayPort,
      alter: (folder) => editConfiguration(folder, [upstreamAt('auth', port)]),
    })
    return {
      url: gateway.url,
      async mend() {
        await gateway.stop()
        child.kill('SIGTERM')
        await ended
      },
    }
  }

  return {
    url: stack.url,
    signingKey: readFileSync(join(stateFolder, 'secrets/auth/jwt_secret'), 'utf8'),
    asOwner,
    stopOneAuth: () => stopAll(authServices.slice(0, 1)),
    freezeOneAuth: () => freezeAll(authServices.slice(0, 1)),
    stopAuth: () => stopAll(authServices),
    freezeAuth: () => freezeAll(authServices),
    stopApi: () => stopAll(apiServices),
    freezeApi: () => freezeAll(apiServices),
    behindAnotherGateway,
    async stopPostgres() {
      await postgres.stop()
      return () => postgres.start()
    },
    async freezePostgres() {
      const pids = [postgres.pid ?? 0, ...childrenOf(postgres.pid ?? 0)]
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      return async () => {
        for (const pid of pids) process.kill(pid, 'SIGCONT')
      }
    },
    async restartPostgres() {
      await postgres.stop()
      await postgres.start()
      return async () => {}
    },
    /** Leaves a role no connection to be had. */
    async refuseConnections(role: string) {
      const { rows } = await asOwner(`select rolconnlimit as limit from pg_roles where rolname = '${role}'`)
      await asOwner(`alter role ${role} connection limit 0`)
      await asOwner(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`)
      return () => asOwner(`alter role ${role} connection limit ${rows[0].limit}`)
    },
    /** Lets nobody read the users until it is mended. */
    async lockUsers() {
      const client = new pg.Client({ connectionString: postgres.ownerUrl })
      await client.connect()
      await client.query('begin')
      await client.query('lock table users in access exclusive mode')
      return () => client.end()
    },
    /** Keeps so many logins waiting, all from this machine's address. */
    async floodLogins(connections: number) {
      let flooding = true
      const flood = Array.from({ length: connections }, async () => {
        while (flooding) await sendLogin(stack.url, 'bob')
      })
      await waitUntil('logins are refused', async () => (await sendLogin(stack.url)).status === 503)
      return () => {
        flooding = false
        return Promise.all(flood)
      }
    },
    async reloadNginx() {
      stack.gateway.process.kill('SIGHUP')
      return async () => {}
    },
    async stop() {
      await stack.stop()
      remove()
    },
  }
}

export type BreakableStack = Awaited<ReturnType<typeof startBreakableStack>>

const childrenOf = (pid: number) =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([own = 0]) => own)
