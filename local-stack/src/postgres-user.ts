import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { StackError } from './stack-error.js'

type User = { uid: number; gid: number }

/** Whom Postgres, which refuses to run as root, runs as: who owns the data, or else the system user `postgres`. */
export function userFor(data: string): User {
  const owner = statSync(data, { throwIfNoEntry: false })
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : systemUser()
}

/** The system user `postgres`, made when there is none. Needs root. */
function systemUser(): User {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    // Made below.
  }
  try {
    const create = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']
    execFileSync('useradd', create, { stdio: 'ignore' })
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    throw new StackError(
      'Postgres refuses to run as root, and the user postgres could not be made; run: useradd --system --user-group postgres',
    )
  }
}
