import { existsSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from './stack.js'
import { runningStack } from './state-folder.js'

/** `npm run reset`: removes everything the stack of this checkout keeps. */
function main(): number {
  const folder = join(projectFolder, '.local')
  if (!existsSync(folder)) {
    rmSync(folder, { force: true })
    process.stdout.write('Nothing to reset: there is no .local\n')
    return 0
  }
  const pid = runningStack(folder)
  if (pid !== undefined) {
    process.stderr.write(`The stack of this checkout is running (pid ${pid}); stop it first\n`)
    return 1
  }
  // It may be a link to a folder outside the checkout.
  rmSync(realpathSync(folder), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write('Removed .local: database, secrets and configuration are made anew at the next start\n')
  return 0
}

process.exit(main())
