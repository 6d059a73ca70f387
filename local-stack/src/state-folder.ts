import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { processIdentity } from './process-identity.js'
import { StackError } from './stack-error.js'
import { waitUntil } from './wait-until.js'

type StateFolderDeps = {
  isRoot: boolean
  /** Where the folder lies when an unprivileged user cannot get to the checkout. */
  outside?: string
}

/**
 * Makes the folder that holds everything the stack keeps, and returns its real path. Postgres refuses to run as root and nginx's
 * workers give it up, so when we are root and the folder's parents are closed to others (a clone under /root), it becomes a link to
 * one outside.
 */
export function makeStateFolder(folder: string, { isRoot, outside = '/var/lib/auth-stack' }: StateFolderDeps): string {
  try {
    // A link whose target was removed by hand.
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(folder)) rmSync(folder)
    if (!existsSync(folder)) {
      if (isRoot && !isOpenToOthers(dirname(folder))) {
        mkdirSync(outside, { recursive: true, mode: 0o755 })
        // A new one each time: what a removed checkout left there is not for the next one at the same path.
        const target = mkdtempSync(join(outside, 'stack-'))
        chmodSync(target, 0o755)
        symlinkSync(target, folder)
      } else {
        mkdirSync(folder, { recursive: true, mode: 0o755 })
      }
    }
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StackError(`${folder} cannot be written (${code}); start as the user who owns the checkout`)
  }
  const realPath = realpathSync(folder)
  if (isRoot && !isOpenToOthers(realPath)) {
    throw new StackError(
      `${folder} is closed to the users that Postgres and nginx run as under root; start as its owner, or run: npm run reset`,
    )
  }
  return realPath
}

/** Whether every folder from the root down to this one lets anybody pass. */
export function isOpenToOthers(folder: string): boolean {
  const passable = (statSync(folder).mode & 0o001) !== 0
  return passable && (dirname(folder) === folder || isOpenToOthers(dirname(folder)))
}

// Two lines: who uses the folder, and its guardian. Not pids alone: those are given to others when they are free again.
const claimFile = (stateFolder: string) => join(stateFolder, 'stack.pid')

/**
 * Throws when a stack uses the folder. What one that was killed left behind is waited for: its guardian is stopping it.
 */
export async function assertUnused(stateFolder: string): Promise<void> {
  const [stack, guardian] = readClaim(stateFolder)
  if (isAlive(stack)) {
    throw new StackError(`The stack of this checkout is running (pid ${Number.parseInt(stack, 10)}); stop it first`)
  }
  await waitUntil('what an earlier stack left is stopped', async () => !isAlive(guardian))
}

/** Claims the folder for this process until the returned function is called. Throws when another stack uses it. */
export async function claimStateFolder(stateFolder: string, guardianPid: number): Promise<() => void> {
  await assertUnused(stateFolder)
  const file = claimFile(stateFolder)
  rmSync(file, { force: true })
  try {
    writeFileSync(file, `${processIdentity(process.pid)}\n${processIdentity(guardianPid)}\n`, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new StackError('The stack of this checkout is being started by somebody else at this moment')
    }
    throw error
  }
  return () => rmSync(file, { force: true })
}

function readClaim(stateFolder: string): [stack: string, guardian: string] {
  try {
    const [stack = '', guardian = ''] = readFileSync(claimFile(stateFolder), 'utf8').split('\n')
    return [stack, guardian]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ['', '']
    throw error
  }
}

const isAlive = (identity: string) => identity !== '' && processIdentity(Number.parseInt(identity, 10)) === identity
