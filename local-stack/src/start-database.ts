import { join } from 'node:path'
import { startGuardian } from './guardian.js'
import { freePorts } from './ports.js'
import { startPostgres } from './postgres.js'
import { makeSecrets } from './secrets.js'
import { projectFolder } from './stack.js'

/** Only the stack's Postgres, initialised as always, with its data in `stateFolder`: for tests of what reads and writes it. */
export async function startDatabase(stateFolder: string) {
  const secrets = await makeSecrets(projectFolder, join(stateFolder, 'secrets'))
  const [port = 0] = await freePorts(1)
  const guardian = startGuardian()
  const postgres = await startPostgres({
    sqlFolder: join(projectFolder, 'database'),
    folder: join(stateFolder, 'postgres'),
    port,
    secrets,
    guardian,
    onLine: () => {},
    onCrash: () => {},
  }).catch((error: unknown) => {
    guardian.dismiss()
    throw error
  })
  return {
    roleUrl: postgres.roleUrl,
    ownerUrl: postgres.ownerUrl,
    /** Stops it, whoever is connected, and starts it at the same address. */
    async restart() {
      await postgres.stop()
      await postgres.start()
    },
    async stop() {
      await postgres.stop()
      guardian.dismiss()
    },
  }
}
