import { afterEach, describe, expect, it } from 'vitest'
import { startGuardian } from '../src/guardian.js'
import { waitUntil } from '../src/index.js'
import { type ManagedProcess, type ProcessOptions, startProcess } from '../src/managed-process.js'
import { processIdentity } from '../src/process-identity.js'
import { StackError } from '../src/stack-error.js'

const guardian = startGuardian()
const started: ManagedProcess[] = []
const lines: string[] = []
const crashes: string[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop()))
  lines.length = 0
  crashes.length = 0
})

function start(command: string, args: string[], more: Partial<ProcessOptions> = {}) {
  const one = startProcess({
    name: 'it',
    command,
    args,
    stopSignal: 'SIGTERM',
    guardian,
    onLine: (line) => lines.push(line),
    onCrash: (how) => crashes.push(how),
    ...more,
  })
  started.push(one)
  return one
}

const never = async () => false

it('hands on what it prints, line by line', async () => {
  await start('sh', ['-c', 'echo one; echo two >&2; printf three']).ended
  expect(lines.sort()).toEqual(['one', 'three', 'two'])
})

describe('its end', () => {
  it.each([
    [['-c', 'exit 3'], 'exited with code 3'],
    [['-c', 'exit 0'], 'exited with code 0'],
    [['-c', 'kill -9 $$'], 'was killed by SIGKILL'],
  ])('unasked for is a crash: sh %j', async (args, how) => {
    await start('sh', args).ended
    expect(crashes).toEqual([how])
  })

  it('is a crash when it could not even be started', async () => {
    await start('/nowhere/nothing', []).ended
    expect(crashes).toEqual(['could not be started (ENOENT)'])
  })

  it('is none when it was asked for, and asking twice is the same', async () => {
    const one = start('sleep', ['60'])
    await Promise.all([one.stop(), one.stop()])
    await one.stop()
    expect(crashes).toEqual([])
  })

  it('takes those with it that it left in its group', { timeout: 10_000 }, async () => {
    const one = start('sh', ['-c', 'sleep 60 & echo $!; kill -9 $$'])
    await one.ended
    const left = Number(lines[0])
    await waitUntil('the sleep is gone', async () => processIdentity(left) === undefined)
  })
})

it('stops one that is frozen', async () => {
  const one = start('sleep', ['60'])
  one.kill('SIGSTOP')
  await one.stop()
  expect(crashes).toEqual([])
})

describe('waiting until it is ready', () => {
  it('ends when it is', async () => {
    await start('sleep', ['60']).untilReady(async () => true)
  })

  it('fails with its last words when it ends before', async () => {
    const one = start('sh', ['-c', 'echo the port is in use >&2; exit 1'])
    await expect(one.untilReady(never)).rejects.toThrow(
      new StackError('it exited with code 1 before it was ready; it said: the port is in use'),
    )
  })

  it('fails with the reason when it is given up', async () => {
    const giveUp = new AbortController()
    const one = start('sleep', ['60'], { giveUp: giveUp.signal })
    const reason = new StackError('another one crashed')
    setTimeout(() => giveUp.abort(reason), 50)
    await expect(one.untilReady(never)).rejects.toBe(reason)
  })
})
