import { join } from 'node:path'
import { readArguments, usage } from './arguments.js'
import { createLogPrinter } from './log-printer.js'
import { chooseGatewayPort } from './ports.js'
import { projectFolder, type Stack, startStack } from './stack.js'
import { describeFailure } from './stack-error.js'

const say = (text: string) => process.stdout.write(`${text}\n`)

const firstTry = (url: string) => `
The stack is up: ${url}        (Ctrl-C stops it)

  curl -X POST ${url}/login -H "Content-Type: application/json" -d '{"username": "alice", "password": "password123"}'
  curl ${url}/api/v1/user/profile -H "Authorization: Bearer <TOKEN>"
  curl ${url}/api/v1/user/profile
`

async function main(): Promise<number> {
  const { help, authEngines, apiInstances } = readArguments(process.argv.slice(2))
  if (help) {
    process.stdout.write(usage)
    return 0
  }
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
  const gatewayPort = async () => {
    const { port, note } = await chooseGatewayPort(process.env.GATEWAY_PORT)
    if (note) say(note)
    return port
  }
  let stack: Stack
  try {
    stack = await startStack(
      {
        stateFolder: join(projectFolder, '.local'),
        gatewayPort,
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
  if (!over.signal.aborted) say(firstTry(stack.url))
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
