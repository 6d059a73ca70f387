import { mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

const memory = '/dev/shm'

/** Where nginx keeps its verdicts, in a stack whose state is in `stateFolder`. */
export const verdictsOf = (stateFolder: string) => join(stateFolder, 'nginx/run/verdicts')

/**
 * Makes `path` a link into memory, so that no request waits for a disk to remember its verdict: with a new token in every request the
 * gateway answers three times as many. Where there is no memory file system (macOS) nginx makes a folder there itself.
 */
export function placeVerdictsInMemory(path: string) {
  removeVerdicts(path)
  // Of a name nobody can foresee, and for us alone: the files hold tokens.
  if (isFolder(memory)) symlinkSync(mkdtempSync(join(memory, 'auth-stack-verdicts-')), path)
}

/** Removes them and the link, also those that a stack left which was killed. */
export function removeVerdicts(path: string) {
  const target = linkTarget(path)
  // Somebody may have put another link there.
  if (target && dirname(target) === memory) rmSync(target, { recursive: true, force: true })
  rmSync(path, { recursive: true, force: true })
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
