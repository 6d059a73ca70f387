import { execFile, execFileSync } from 'node:child_process'
import { constants, cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type ProcessOptions, startProcess } from './managed-process.js'
import { whyNotBindable } from './ports.js'
import { StackError } from './stack-error.js'
import { answersOk, waitUntil } from './wait-until.js'

type GatewayOptions = Pick<ProcessOptions, 'guardian' | 'onLine' | 'onCrash'> & {
  nginx: string
  /** The project's nginx/: the same files the image is made of. */
  sourceFolder: string
  folder: string
  port: number
  authPorts: number[]
  apiPorts: number[]
  /** Values of the templates' variables that differ from the image's. */
  variables?: Record<string, string>
  /** Changes the rendered configuration before it is used; for tests that break it on purpose. */
  alter?: (configFolder: string) => void
}

/** Renders the gateway's configuration for this machine and starts nginx with it. */
export async function startGateway(options: GatewayOptions) {
  const { nginx, sourceFolder, folder, port, authPorts, apiPorts, variables, alter, ...processOptions } = options
  const config = join(folder, 'conf')
  const prefix = join(folder, 'run')
  mkdirSync(prefix, { recursive: true, mode: 0o755 })
  const accessLog = openFifo(join(folder, 'access.log'), processOptions.onLine)

  render(sourceFolder, config, {
    GATEWAY_LISTEN: await listenDirectives(port),
    GATEWAY_RESOLVER: '',
    GATEWAY_AUTH_UPSTREAM: serverLines(authPorts),
    GATEWAY_API_UPSTREAM: serverLines(apiPorts),
    GATEWAY_ACCESS_LOG: accessLog.path,
    GATEWAY_VERDICT_CACHE_SECONDS: process.env.GATEWAY_VERDICT_CACHE_SECONDS || '1',
    ...variables,
  })
  alter?.(config)

  const args = ['-p', prefix, '-c', join(config, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;']
  await checkConfiguration(nginx, args)
  const server = startProcess({
    ...processOptions,
    name: 'nginx',
    command: nginx,
    args,
    cwd: prefix,
    // Graceful: the requests in flight are finished.
    stopSignal: 'SIGQUIT',
  })
  const url = `http://localhost:${port}`
  try {
    await waitUntil('nginx answers', () => answersOk(`http://127.0.0.1:${port}/healthz`), {
      assertGoingOn: () => server.assertRunning('ready'),
    })
  } catch (error) {
    await server.stop()
    accessLog.close()
    throw error
  }

  return {
    process: server,
    url: port === 80 ? 'http://localhost' : url,
    async stop() {
      await server.stop()
      accessLog.close()
    },
  }
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>

/** Both loopback addresses, where there are both: `localhost` may mean either. */
async function listenDirectives(port: number): Promise<string> {
  const v6 = await whyNotBindable(port, '::1')
  return `listen 127.0.0.1:${port};${v6 ? '' : ` listen [::1]:${port};`}`
}

/** nginx before 1.27.3 cannot look servers up again, so here the list is fixed. */
const serverLines = (ports: number[]) =>
  ports.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=1s;`).join(' ')

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

async function checkConfiguration(nginx: string, args: string[]) {
  try {
    await promisify(execFile)(nginx, [...args.slice(0, 6), '-t', '-q'])
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n')[0]
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
