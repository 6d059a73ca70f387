import { makeTemporaryFolder, startDatabase } from 'local-stack'
import type { TestProject } from 'vitest/node'

/** A real Postgres for the tests of the services, one for the run. */
export async function setup(project: TestProject) {
  const { folder, remove } = makeTemporaryFolder()
  const database = await startDatabase(folder)
  project.provide('databaseUrls', {
    auth: database.roleUrl('auth_service'),
    api: database.roleUrl('api_service'),
    admin: database.roleUrl('admin_cli'),
    owner: database.ownerUrl,
  })
  return async () => {
    await database.stop()
    remove()
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    /** As each role, and as the owner. */
    databaseUrls: { auth: string; api: string; admin: string; owner: string }
  }
}
