import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { StackError } from './stack-error.js'

const run = promisify(execFile)

/** Where nginx is: on the PATH, or where packages put it, which an ordinary user's PATH often lacks. */
export function findNginx(path = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, 'nginx'))
    .find(isExecutable)
}

const isExecutable = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

type EnsureNginxDeps = {
  find: () => string | undefined
  /** Whether we may install without anybody typing a password. */
  mayInstall: () => Promise<boolean>
  install: () => Promise<unknown>
}

/** The path of nginx, installed first when it is missing and that needs no password. Throws with what to run when it does. */
export async function ensureNginx({ find, mayInstall, install }: EnsureNginxDeps): Promise<string> {
  const found = find()
  if (found) return found
  const advice = 'nginx is not installed; run: sudo apt-get install nginx (or the like), then npm start again'
  if (!(await mayInstall())) throw new StackError(advice)
  try {
    await install()
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? '')
      .trim()
      .split('\n')
      .at(-1)
    throw new StackError(`nginx could not be installed (${said}); run: sudo apt-get install nginx (or the like)`)
  }
  const installed = find()
  if (!installed) throw new StackError(advice)
  return installed
}

/** The same with this machine's package manager. */
export const ensureNginxHere = (projectFolder: string, onProgress: (text: string) => void) =>
  ensureNginx({
    find: findNginx,
    mayInstall: async () =>
      process.getuid?.() === 0 ||
      run('sudo', ['-n', 'true']).then(
        () => true,
        () => false,
      ),
    install: () => {
      onProgress('Installing nginx with the system package manager')
      return run('sh', [join(projectFolder, 'scripts/install-nginx.sh')])
    },
  })
