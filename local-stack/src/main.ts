import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readArguments, usage } from './arguments.js'
import { gatewaySettings } from './gateway-variables.js'
import { createLogPrinter } from './log-printer.js'
import { chooseGatewayPort, whyNotOnLocalhost } from './ports.js'
import { projectFolder, type Stack, startStack } from './stack.js'
import { describeFailure, StackError } from './stack-error.js'

const say = (text: string) => process.stdout.write(`${text}\n`)

const firstTry = (url: string, curl: string) => `
The stack is up: ${url}        (Ctrl-C stops it)

  ${curl} -X POST ${url}/login -H "Content-Type: application/json" -d '{"username": "alice", "password": "password123"}'
  ${curl} ${url}/api/v1/user/profile -H "Authorization: Bearer <TOKEN>"
  ${curl} ${url}/api/v1/user/profile
`

const plainHttp = `
This is plain HTTP, on this machine's loopback address only. README.md says how to turn TLS on.
`

/** The PEM files of the certificate and its key, which turn TLS on. */
function certificateOf({ GATEWAY_TLS_CERTIFICATE: certificate, GATEWAY_TLS_KEY: key }: NodeJS.ProcessEnv) {
  if (!certificate && !key) return undefined
  if (certificate && key) return { certificate, key }
  throw new StackError('GATEWAY_TLS_CERTIFICATE and GATEWAY_TLS_KEY go together; one of them is not set')
}

/** How to call curl, which does not trust the CA of scripts/make-dev-cert.sh; that leaves it beside the certificate. */
function curlFor(certificate = ''): string {
  const ca = join(dirname(certificate), 'ca.pem')
  return certificate && existsSync(ca) ? `curl --cacert ${ca}` : 'curl'
}

async function main(): Promise<number> {
  const { help, authEngines, apiInstances } = readArguments(process.argv.slice(2))
  if (help) {
    process.stdout.write(usage)
    return 0
  }
  const tls = certificateOf(process.env)
  // The users that Postgres and nginx run as under root must get to what we make.
  process.umask(0o022)

  const over = new AbortController()
  const outcome = new Promise<number>((resolve) => {
    over.signal.addEventListener('abort', () => resolve(over.signal.reason))
  })
  let askedAt: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever asks twice will not wait; the guardian then stops what is left. One Ctrl-C may come twice: npm passes it on as well.
      if (askedAt !== undefined && performance.now() - askedAt > 500) process.exit(130)
      if (askedAt !== undefined) return
      askedAt = performance.now()
      say('\nStopping')
      over.abort(0)
    })
  }
  // The terminal was closed, or whoever read our lines has gone: there is nobody left to run for.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => over.abort(1))

  const startedAt = performance.now()
  const choosePort = async (variable: 'GATEWAY_PORT' | 'GATEWAY_TLS_PORT') => {
    const { port, note } = await chooseGatewayPort(process.env[variable], whyNotOnLocalhost, variable)
    if (note) say(note)
    return port
  }
  let stack: Stack
  try {
    stack = await startStack(
      {
        stateFolder: join(projectFolder, '.local'),
        gatewayPort: () => choosePort('GATEWAY_PORT'),
        ...(tls && { gatewayTls: { ...tls, port: () => choosePort('GATEWAY_TLS_PORT') } }),
        gatewaySettings: gatewaySettings(process.env),
        authEngines,
        apiInstances,
        onProgress: (text) => say(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${text}`),
        onLine: createLogPrinter({
          color: process.stdout.isTTY === true,
          write: (text) => void process.stdout.write(text),
        }),
        onCrash: (name, how) => {
          if (over.signal.aborted) return
          process.stderr.write(`${name} ${how}; stopping the rest\n`)
          over.abort(1)
        },
      },
      over.signal,
    )
  } catch (error) {
    if (!over.signal.aborted) throw error
    say('Stopped')
    return outcome
  }
  if (!over.signal.aborted) say(firstTry(stack.url, curlFor(tls?.certificate)) + (tls ? '' : plainHttp))
  const exitCode = await outcome
  await stack.stop()
  say('Stopped')
  return exitCode
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`${describeFailure(error)}\n`)
    process.exit(1)
  },
)
