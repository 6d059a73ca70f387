import { execFile, execFileSync } from 'node:child_process'
import { constants, cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type ManagedProcess, type ProcessOptions, startProcess } from './managed-process.js'
import { describePort, whyNotBindable, whyNotOnLocalhost } from './ports.js'
import { StackError } from './stack-error.js'
import { placeVerdictsInMemory, removeVerdicts } from './verdicts-folder.js'
import { answersOk } from './wait-until.js'

type GatewayOptions = Pick<ProcessOptions, 'guardian' | 'giveUp' | 'onLine' | 'onCrash'> & {
  nginx: string
  /** The project's nginx/: the same files the image is made of. */
  sourceFolder: string
  folder: string
  port: number
  /** `host:port` each. */
  authServers: string[]
  apiServers: string[]
  /** Values of the templates' variables that differ from the image's. */
  variables?: Record<string, string>
  /** Changes the rendered configuration before it is used; for tests that break it on purpose. */
  alter?: (configFolder: string) => void
}

/** Renders the gateway's configuration for this machine and starts nginx with it. */
export async function startGateway(options: GatewayOptions) {
  const { nginx, sourceFolder, folder, port, authServers, apiServers, variables, alter, ...processOptions } = options
  const config = join(folder, 'conf')
  const prefix = join(folder, 'run')
  mkdirSync(prefix, { recursive: true, mode: 0o755 })
  const accessLog = openFifo(join(folder, 'access.log'), processOptions.onLine)
  const verdicts = join(prefix, 'verdicts')
  placeVerdictsInMemory(verdicts)
  let server: ManagedProcess | undefined
  async function stop() {
    await server?.stop()
    accessLog.close()
    removeVerdicts(verdicts)
  }

  try {
    render(sourceFolder, config, {
      GATEWAY_LISTEN: await listenDirectives(port),
      GATEWAY_RESOLVER: '',
      GATEWAY_AUTH_UPSTREAM: serverLines(authServers),
      GATEWAY_API_UPSTREAM: serverLines(apiServers),
      GATEWAY_ACCESS_LOG: accessLog.path,
      GATEWAY_VERDICT_CACHE_SECONDS: process.env.GATEWAY_VERDICT_CACHE_SECONDS || '1',
      ...variables,
    })
    alter?.(config)
    // All it needs: our own may hold a JWT_SECRET.
    const env = { PATH: process.env.PATH, ...(process.env.TZ && { TZ: process.env.TZ }) }
    const configArgs = ['-p', prefix, '-c', join(config, 'nginx.conf'), '-e', 'stderr']
    await checkConfiguration(nginx, configArgs, env)
    const started = startProcess({
      ...processOptions,
      name: 'nginx',
      command: nginx,
      args: [...configArgs, '-g', 'daemon off;'],
      env,
      cwd: prefix,
      // Graceful: the requests in flight are finished.
      stopSignal: 'SIGQUIT',
    })
    server = started
    await started.untilReady(() => answersOk(`http://127.0.0.1:${port}/healthz`))
    return { process: started, url: port === 80 ? 'http://localhost' : `http://localhost:${port}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

/** Both loopback addresses, where there are both: `localhost` may mean either. Throws when the port is no longer free. */
async function listenDirectives(port: number): Promise<string> {
  const why = await whyNotOnLocalhost(port)
  if (why) throw new StackError(`${describePort(port, why)}; set GATEWAY_PORT to another one`)
  const v6 = await whyNotBindable(port, '::1')
  return `listen 127.0.0.1:${port};${v6 ? '' : ` listen [::1]:${port};`}`
}

/**
 * The lines that nginx/15-upstreams.envsh makes, for an nginx that cannot look servers up again (before 1.27.3): the list is fixed.
 */
const serverLines = (servers: string[]) =>
  servers
    .map((server) => `server ${server} max_fails=1 fail_timeout=3s; server ${server} max_fails=0 backup;`)
    .join(' ')

/** What the image's entrypoint does: the static files as they are, the templates with their GATEWAY_ variables filled in. */
function render(sourceFolder: string, config: string, variables: Record<string, string>) {
  rmSync(config, { recursive: true, force: true })
  mkdirSync(join(config, 'conf.d'), { recursive: true, mode: 0o755 })
  cpSync(join(sourceFolder, 'nginx.conf'), join(config, 'nginx.conf'))
  cpSync(join(sourceFolder, 'includes'), join(config, 'includes'), { recursive: true })
  for (const name of readdirSync(join(sourceFolder, 'templates'))) {
    const template = readFileSync(join(sourceFolder, 'templates', name), 'utf8')
    const text = template.replace(/\$\{(GATEWAY_[A-Z_]+)\}/g, (_whole, variable: string) => {
      const value = variables[variable]
      if (value === undefined) throw new Error(`templates/${name} wants ${variable}, which has no value`)
      return value
    })
    writeFileSync(join(config, 'conf.d', name.replace(/\.template$/, '')), text)
  }
}

async function checkConfiguration(nginx: string, args: string[], env: NodeJS.ProcessEnv) {
  try {
    await promisify(execFile)(nginx, [...args, '-t', '-q'], { env })
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr || error)
      .trim()
      .split('\n')
    // Warnings come before it.
    const said = lines.find((line) => line.includes('[emerg]')) ?? lines[0]
    throw new StackError(`nginx does not accept its configuration: ${said}`)
  }
}

/**
 * A named pipe for the access log. Our pipes to a child are sockets, which nginx cannot open as /dev/stdout.
 * It is opened for writing too, so that it does not end when nginx closes its side.
 */
function openFifo(path: string, onLine: (line: string) => void) {
  rmSync(path, { force: true })
  execFileSync('mkfifo', ['-m', '600', path])
  const pipe = new Socket({
    fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  })
  createInterface({ input: pipe }).on('line', onLine)
  return { path, close: () => pipe.destroy() }
}
