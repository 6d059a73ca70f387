import { existsSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from './stack.js'
import { describeFailure } from './stack-error.js'
import { assertUnused } from './state-folder.js'
import { removeVerdicts, verdictsOf } from './verdicts-folder.js'

/** `npm run reset`: removes everything the stack of this checkout keeps. */
async function main() {
  const folder = join(projectFolder, '.local')
  if (!existsSync(folder)) {
    // It may be a link whose target is gone.
    rmSync(folder, { force: true })
    process.stdout.write('Nothing to reset: there is no .local\n')
    return
  }
  await assertUnused(folder)
  removeVerdicts(verdictsOf(folder))
  // It may be a link to a folder outside the checkout.
  rmSync(realpathSync(folder), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write('Removed .local: database, secrets and configuration are made anew at the next start\n')
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeFailure(error)}\n`)
  process.exit(1)
})
