import { execFile, execFileSync } from 'node:child_process'
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type GatewaySettings, gatewayVariables, httpsUrl } from './gateway-variables.js'
import { type ManagedProcess, type ProcessOptions, startProcess } from './managed-process.js'
import { describePort, whyNotBindable, whyNotOnLocalhost } from './ports.js'
import { StackError } from './stack-error.js'
import { placeVerdictsInMemory, removeVerdicts } from './verdicts-folder.js'
import { answersOk } from './wait-until.js'

/** PEM files, and the port to listen on beside the one for plain HTTP. */
export type GatewayTls = { certificate: string; key: string; port: number }

type GatewayOptions = Pick<ProcessOptions, 'guardian' | 'giveUp' | 'onLine' | 'onCrash'> & {
  nginx: string
  /** The project's nginx/: the same files the image is made of. */
  sourceFolder: string
  folder: string
  port: number
  /** `host:port` each. */
  authServers: string[]
  apiServers: string[]
  tls?: GatewayTls
  settings?: GatewaySettings
  /** `/dev/null` for none. Else each line goes to `onLine`. */
  accessLogFile?: string
  /** Changes the rendered configuration before it is used; for tests that break it on purpose. */
  alter?: (configFolder: string) => void
}

/** Renders the gateway's configuration for this machine and starts nginx with it. */
export async function startGateway(options: GatewayOptions) {
  const { nginx, sourceFolder, folder, port, tls, authServers, apiServers, settings = {}, alter } = options
  const { accessLogFile, ...processOptions } = options
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
    const plain = await listenDirectives('GATEWAY_PORT', port)
    const listening = tls ? { main: await listenWithTls(nginx, tls.port), plain, tlsPort: tls.port } : { main: plain }
    render(sourceFolder, config, {
      ...gatewayVariables(settings, listening),
      GATEWAY_RESOLVER: '',
      GATEWAY_AUTH_UPSTREAM: serverLines(authServers),
      GATEWAY_API_UPSTREAM: serverLines(apiServers),
      GATEWAY_ACCESS_LOG: accessLogFile ?? accessLog.path,
    })
    if (tls) linkCertificate(config, tls)
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
    const url = tls ? httpsUrl('localhost', tls.port) : `http://localhost${port === 80 ? '' : `:${port}`}`
    return { process: started, url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

/** Both loopback addresses, where there are both: `localhost` may mean either. Throws when the port is no longer free. */
async function listenDirectives(variable: string, port: number, how = ''): Promise<string> {
  const why = await whyNotOnLocalhost(port)
  if (why) throw new StackError(`${describePort(port, why)}; set ${variable} to another one`)
  const v6 = await whyNotBindable(port, '::1')
  return `listen 127.0.0.1:${port}${how};${v6 ? '' : ` listen [::1]:${port}${how};`}`
}

async function listenWithTls(nginx: string, port: number): Promise<string> {
  const { stderr } = await promisify(execFile)(nginx, ['-v'])
  const [, minor = 0, patch = 0] = /(\d+)\.(\d+)\.(\d+)/.exec(stderr)?.slice(1).map(Number) ?? []
  // Before 1.25.1 it is a parameter of `listen`; after it, that is deprecated.
  const hasDirective = minor > 25 || (minor === 25 && patch >= 1)
  const listen = await listenDirectives('GATEWAY_TLS_PORT', port, hasDirective ? ' ssl' : ' ssl http2')
  return `${listen} ${hasDirective ? 'http2 on; ' : ''}include includes/tls.conf;`
}

/** Where includes/tls.conf looks for them: by links, so that a reload finds what the files hold then. */
function linkCertificate(config: string, { certificate, key }: GatewayTls) {
  mkdirSync(join(config, 'tls'), { mode: 0o755 })
  for (const [name, variable, file] of [
    ['certificate.pem', 'GATEWAY_TLS_CERTIFICATE', certificate],
    ['key.pem', 'GATEWAY_TLS_KEY', key],
  ] as const) {
    try {
      accessSync(file, constants.R_OK)
    } catch (error) {
      throw new StackError(`${variable}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
    symlinkSync(resolve(file), join(config, 'tls', name))
  }
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
