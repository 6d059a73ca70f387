import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { startGuardian } from '../src/guardian.js'
import { waitUntil } from '../src/index.js'
import { processIdentity } from '../src/process-identity.js'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process group of its own that runs for a minute. */
function sleeping(): number {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  children.push(child)
  return child.pid ?? 0
}

/** One that does not hear an interrupt, once it has said that it does not. */
async function deaf(): Promise<number> {
  const script = "process.on('SIGINT', () => {}); console.log(); setTimeout(() => {}, 60_000)"
  const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  await once(child.stdout, 'data')
  return child.pid ?? 0
}

const isGone = (pid: number) => async () => processIdentity(pid) === undefined

it('stops what it still watches when its owner is gone, and not what it was told to forget', async () => {
  const guardian = startGuardian()
  const [first, forgotten, last] = [sleeping(), sleeping(), sleeping()]
  for (const pid of [first, forgotten, last]) guardian.watch(pid)
  guardian.forget(forgotten)

  guardian.dismiss()

  await waitUntil('both are gone', async () => (await isGone(first)()) && (await isGone(last)()))
  expect(processIdentity(forgotten)).toBeDefined()
})

it('takes what it never watched, forgotten, for nothing', async () => {
  const guardian = startGuardian()
  const watched = sleeping()
  guardian.watch(watched)
  guardian.forget(process.pid)
  guardian.dismiss()
  await waitUntil('it is gone', isGone(watched))
})

it('wakes what is frozen', async () => {
  const guardian = startGuardian()
  const watched = sleeping()
  process.kill(-watched, 'SIGSTOP')
  guardian.watch(watched)
  guardian.dismiss()
  await waitUntil('it is gone', isGone(watched), { timeoutMs: 2500 })
})

it('insists on what does not listen, and lives until then: whoever sees it gone knows that nothing is left', async () => {
  const guardian = startGuardian()
  const watched = await deaf()
  guardian.watch(watched)
  guardian.dismiss()
  await waitUntil('the guardian is gone', isGone(guardian.pid ?? 0))
  expect(processIdentity(watched)).toBeUndefined()
})
