import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDatabase } from 'local-stack'
import type { TestProject } from 'vitest/node'

/** A real Postgres for the tests of the services, one for the run. */
export async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'auth-stack-'))
  // Postgres runs as another user when we are root.
  await chmod(folder, 0o755)
  const database = await startDatabase(folder)
  project.provide('databaseUrls', {
    auth: database.roleUrl('auth_service'),
    api: database.roleUrl('api_service'),
    admin: database.roleUrl('admin_cli'),
    owner: database.ownerUrl,
  })
  return async () => {
    await database.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    /** As each role, and as the owner. */
    databaseUrls: { auth: string; api: string; admin: string; owner: string }
  }
}
