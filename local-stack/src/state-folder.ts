import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { StackError } from './stack-error.js'

/** Where the folder lies when an unprivileged user cannot get to the checkout. */
const outsideFolder = '/var/lib/auth-stack'

/**
 * Makes the folder that holds everything the stack keeps, and returns its real path. Postgres refuses to run as root and nginx's
 * workers give it up, so when we are root and the folder's parents are closed to others (a clone under /root), it becomes a link to
 * one outside.
 */
export function makeStateFolder(folder: string, isRoot: boolean): string {
  try {
    // A link whose target was removed by hand.
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(folder)) rmSync(folder)
    if (!existsSync(folder)) {
      if (isRoot && !isOpenToOthers(dirname(folder))) {
        const outside = join(outsideFolder, createHash('sha256').update(folder).digest('hex').slice(0, 12))
        mkdirSync(outside, { recursive: true, mode: 0o755 })
        symlinkSync(outside, folder)
      } else {
        mkdirSync(folder, { recursive: true, mode: 0o755 })
      }
    }
    return realpathSync(folder)
  } catch (error) {
    throw new StackError(
      `${folder} cannot be made (${(error as NodeJS.ErrnoException).code}): is the checkout writable?`,
    )
  }
}

/** Whether every folder from the root down to this one lets anybody pass. */
export function isOpenToOthers(folder: string): boolean {
  const passable = (statSync(folder).mode & 0o001) !== 0
  return passable && (dirname(folder) === folder || isOpenToOthers(dirname(folder)))
}

/** The pid of the stack that uses the folder now, if one does. */
export function runningStack(stateFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(stateFolder, 'stack.pid'), 'utf8'))
    process.kill(pid, 0)
    return pid === process.pid ? undefined : pid
  } catch (error) {
    // It runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? -1 : undefined
  }
}

/** Claims the folder for this process until the returned function is called. Throws when another stack runs in it. */
export function claimStateFolder(stateFolder: string): () => void {
  const other = runningStack(stateFolder)
  if (other !== undefined)
    throw new StackError(`The stack of this checkout runs already (pid ${other}); stop that one first`)
  const pidFile = join(stateFolder, 'stack.pid')
  writeFileSync(pidFile, String(process.pid))
  return () => rmSync(pidFile, { force: true })
}
