import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Guardian } from './guardian.js'
import { StackError } from './stack-error.js'
import { waitUntil } from './wait-until.js'

export type ProcessOptions = {
  name: string
  command: string
  args: string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** The user to become; only root can. */
  user?: { uid: number; gid: number } | undefined
  /** What asks it to stop gracefully. */
  stopSignal: NodeJS.Signals
  guardian: Guardian
  /** Gives up waiting for it to be ready; the reason is the error to throw. */
  giveUp?: AbortSignal
  /** Each line of its standard output and standard error. */
  onLine: (line: string) => void
  /** Called when it ends without having been asked to. `how` reads as "exited with code 1"; `said` are its last lines. */
  onCrash: (how: string, said: string) => void
}

const forceAfterMs = 12_000

/** Starts a child in a process group of its own, so that a terminal's Ctrl-C reaches only us, and we stop things in order. */
export function startProcess(options: ProcessOptions) {
  const { name, command, args, env, cwd, user, stopSignal, guardian, giveUp, onLine, onCrash } = options
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...user,
  })
  const { pid } = child
  if (pid !== undefined) guardian.watch(pid)
  let stopping = false
  const recentLines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      recentLines.push(line)
      if (recentLines.length > 3) recentLines.shift()
      onLine(line)
    })
  }
  const said = () => recentLines.join(' | ')

  let failure: string | undefined
  const ended = endOf(child).then((how) => {
    failure = how
    if (pid !== undefined) guardian.forget(pid)
    if (!stopping) onCrash(how, said())
    return how
  })

  return {
    name,
    pid,
    /** Resolves to how it ended, as in "exited with code 1". */
    ended,
    get exitCode() {
      return child.exitCode
    },
    /** Waits until it is ready. Throws as soon as it no longer can be, or need not. */
    async untilReady(isReady: () => Promise<boolean>) {
      const assertGoingOn = () => {
        if (failure !== undefined) throw crashedEarly(name, failure, said())
        giveUp?.throwIfAborted()
      }
      await waitUntil(`${name} is ready`, isReady, { assertGoingOn })
      assertGoingOn()
    },
    /** To the process alone, not to its group. For tests of failure: the crash that follows is not reported. */
    kill(signal: NodeJS.Signals) {
      if (signal === 'SIGKILL' || signal === 'SIGTERM') stopping = true
      child.kill(signal)
    },
    /** Asks it to stop, waits, and insists when that takes too long. */
    async stop() {
      stopping = true
      if (failure === undefined) {
        child.kill(stopSignal)
        // One that is frozen cannot hear the question.
        child.kill('SIGCONT')
      }
      const timer = setTimeout(() => killGroup(pid), forceAfterMs)
      await ended
      clearTimeout(timer)
    },
  }
}

export type ManagedProcess = ReturnType<typeof startProcess>

/** A process ended while the stack was still starting. */
export const crashedEarly = (name: string, how: string, said: string) =>
  new StackError(`${name} ${how} before it was ready${said && `; it said: ${said}`}`)

async function endOf(child: ChildProcess): Promise<string> {
  // What it left in its group has no owner any more: nginx's workers would go on serving, and hold our pipes open.
  child.once('exit', () => killGroup(child.pid))
  try {
    // 'close' rather than 'exit': the last lines it said are read by then.
    const [code, signal] = await once(child, 'close')
    return signal ? `was killed by ${signal}` : `exited with code ${code}`
  } catch (error) {
    return `could not be started (${(error as NodeJS.ErrnoException).code})`
  }
}

function killGroup(pid: number | undefined) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it, which is what was wanted.
  }
}
