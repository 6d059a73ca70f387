import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts, waitUntil } from '../src/index.js'
import { type Command, createCheckout } from './checkout.js'
import { findProcess, watchDescendants } from './process-tree.js'

let checkout: ReturnType<typeof createCheckout>
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  checkout = createCheckout()
  const [port = 0] = await freePorts(1)
  env = { GATEWAY_PORT: String(port) }
  // The first start takes longer, so it is not part of any test here.
  const first = await up()
  first.signal('SIGTERM')
  await first.ended
})

afterAll(() => checkout.remove())

async function up(): Promise<Command> {
  const command = checkout.start(env)
  await command.printed('The stack is up')
  return command
}

describe('asked to stop', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s, it exits with 0 and leaves nothing behind',
    async (signal) => {
      const command = await up()
      const started = watchDescendants(command.pid)

      command.signal(signal)

      expect(await command.ended).toEqual({ exitCode: 0, signal: null })
      expect(command.output.stdout).toMatch(/Stopping\n(.*\n)*Stopped\n$/)
      expect(command.output.stderr).toBe('')
      await started.gone()
    },
  )

  it('by one Ctrl-C that npm passes on as well, it still stops in order', async () => {
    const command = await up()
    command.signal('SIGINT')
    await command.printed('Stopping')
    command.signal('SIGINT')
    expect(await command.ended).toEqual({ exitCode: 0, signal: null })
  })

  it('again by somebody who will not wait, it exits at once, and its guardian stops the rest', async () => {
    const command = await up()
    const started = watchDescendants(command.pid)
    const api = findProcess(started.processes, 'api-service/dist/main.js')

    const askAgain = async () => {
      // A frozen service keeps it waiting.
      process.kill(api.pid, 'SIGSTOP')
      return !command.signal('SIGINT')
    }
    await waitUntil('it no longer waits', askAgain)

    expect((await command.ended).exitCode).toBe(130)
    await started.gone()
  })
})

it('leaves nothing behind even when it is killed', async () => {
  const command = await up()
  const started = watchDescendants(command.pid)
  command.signal('SIGKILL')
  await started.gone()
})

describe('while it is still starting', () => {
  it.each(['Starting Postgres', 'Starting the services', 'Starting nginx'])(
    'a Ctrl-C after "%s" ends it, with nothing left and no complaint',
    async (step) => {
      const command = checkout.start(env)
      await command.printed(step)
      const started = watchDescendants(command.pid)

      command.signal('SIGINT')

      expect(await command.ended).toEqual({ exitCode: 0, signal: null })
      expect(command.output.stdout).toMatch(/Stopped\n$/)
      // nginx takes a few milliseconds, so there the signal may come when all is up; which is stopped as well.
      if (step !== 'Starting nginx') expect(command.output.stdout).not.toContain('The stack is up')
      expect(command.output.stderr).toBe('')
      await started.gone()
    },
  )
})

describe('when a process crashes', () => {
  it.each([
    ['auth-1 (cpp)', 'auth-service/dist/main.js'],
    ['postgres', 'native/bin/postgres'],
    ['nginx', 'nginx: master'],
  ])('it names %s, stops the rest and exits with 1', async (name, commandLine) => {
    const command = await up()
    const started = watchDescendants(command.pid)

    process.kill(findProcess(started.processes, commandLine).pid, 'SIGKILL')

    expect(await command.ended).toEqual({ exitCode: 1, signal: null })
    expect(command.output.stderr).toBe(`${name} was killed by SIGKILL; stopping the rest\n`)
    await started.gone()
  })
})
