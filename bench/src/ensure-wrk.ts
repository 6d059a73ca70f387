import { execFileSync } from 'node:child_process'

const works = (command: string, args: string[]) => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch (error) {
    // wrk exits with 1 when it shows its version.
    return command === 'wrk' && (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

/** Installs wrk where it is missing and that needs no password. Throws with what to run where it does. */
export function ensureWrk(say: (text: string) => void) {
  if (works('wrk', ['-v'])) return
  const isRoot = process.getuid?.() === 0
  if (works('apt-get', ['-v']) && (isRoot || works('sudo', ['-n', 'true']))) {
    say('installing wrk with apt-get')
    const asRoot = (args: string[]) => {
      const [command = '', ...rest] = isRoot ? args : ['sudo', '-n', ...args]
      execFileSync(command, rest, { stdio: 'ignore' })
    }
    asRoot(['apt-get', '-qq', 'update'])
    asRoot(['apt-get', '-qq', 'install', '-y', '--no-install-recommends', 'wrk'])
  }
  if (!works('wrk', ['-v'])) throw new Error('wrk is not installed; run: sudo apt-get install wrk (or the like)')
}
