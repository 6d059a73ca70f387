import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()
// Also when it is interrupted: a database of a million users is not left behind.
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/**
 * A new folder, for tests and measurements, that goes with `remove`. Others may pass, because Postgres and nginx's workers run as other users
 * when we are root.
 */
export function makeTemporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'auth-stack-'))
  chmodSync(folder, 0o755)
  folders.add(folder)
  return {
    folder,
    remove() {
      rmSync(folder, { recursive: true, force: true })
      folders.delete(folder)
    },
  }
}
