import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StackError } from './stack-error.js'

/** Makes the stack's secrets where they are missing, with the script that compose uses too, and says where they are. */
export async function makeSecrets(projectFolder: string, folder: string) {
  try {
    await promisify(execFile)('sh', [join(projectFolder, 'scripts/generate-secrets.sh'), folder])
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1)
    throw new StackError(`The secrets cannot be made: ${said ?? (error as Error).message}`)
  }
  const read = (name: string) => readFileSync(join(folder, 'db', name), 'utf8')

  return {
    postgresPassword: read('postgres_password'),
    rolePasswords: {
      auth_service: read('auth_service_password'),
      api_service: read('api_service_password'),
      admin_cli: read('admin_cli_password'),
    },
    refreshTokenSecretFile: join(folder, 'auth/refresh_token_secret'),
    jwtSecretFile: { auth: join(folder, 'auth/jwt_secret'), api: join(folder, 'api/jwt_secret') },
    /** The port of Postgres is another one at each start, so its URL is written at each start. */
    writeDatabaseUrl(service: 'auth' | 'api' | 'admin', url: string): string {
      const file = join(folder, service, 'local_database_url')
      writeFileSync(file, url, { mode: 0o600 })
      return file
    },
  }
}

export type Secrets = Awaited<ReturnType<typeof makeSecrets>>
