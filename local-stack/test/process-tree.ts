import { execFileSync } from 'node:child_process'
import { waitUntil } from '../src/index.js'
import { processIdentity } from '../src/process-identity.js'

export type ListedProcess = { pid: number; commandLine: string }

/** Everything that a process has started, directly or not, and that runs now. */
export function descendantsOf(pid: number): ListedProcess[] {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [, own = '', parent = '', commandLine = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      return { pid: Number(own), parent: Number(parent), commandLine }
    })
  const below = (parent: number): ListedProcess[] =>
    all
      .filter((entry) => entry.parent === parent)
      .flatMap(({ pid: own, commandLine }) => [{ pid: own, commandLine }, ...below(own)])
  return below(pid)
}

/** The one whose command line holds this. */
export function findProcess(processes: ListedProcess[], text: string): ListedProcess {
  const found = processes.find(({ commandLine }) => commandLine.includes(text))
  if (!found) throw new Error(`No process with "${text}" among:\n${describe(processes)}`)
  return found
}

/** Notes what runs below a process now. `gone` resolves when none of it runs any more. */
export function watchDescendants(pid: number) {
  const noted = descendantsOf(pid).map((entry) => ({ ...entry, identity: processIdentity(entry.pid) }))
  const left = () => noted.filter((entry) => entry.identity && processIdentity(entry.pid) === entry.identity)
  return {
    processes: noted,
    async gone() {
      await waitUntil('nothing is left', async () => left().length === 0, { timeoutMs: 15_000 }).catch(() => {
        throw new Error(`Left running:\n${describe(left())}`)
      })
    },
  }
}

const describe = (processes: ListedProcess[]) =>
  processes.map((entry) => `${entry.pid} ${entry.commandLine}`).join('\n')
