import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { projectFolder, waitUntil } from '../src/index.js'

/**
 * A checkout of one's own, so that its `.local` is private: the compiled local-stack and admin CLI are copies, because they find the
 * project by their own place, and the rest are links to this checkout.
 */
export function createCheckout() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'local-stack-')))
  // Postgres runs as another user when we are root.
  chmodSync(folder, 0o755)
  for (const name of ['local-stack', 'admin-cli']) {
    mkdirSync(join(folder, name))
    cpSync(join(projectFolder, name, 'dist'), join(folder, name, 'dist'), { recursive: true })
    cpSync(join(projectFolder, name, 'package.json'), join(folder, name, 'package.json'))
  }
  for (const name of ['node_modules', 'packages', 'auth-service', 'api-service', 'database', 'nginx', 'scripts']) {
    symlinkSync(join(projectFolder, name), join(folder, name))
  }
  const commands: ReturnType<typeof runCommand>[] = []
  const run = (script: string, args: string[], env: NodeJS.ProcessEnv) => {
    const command = runCommand(join(folder, script), args, env)
    commands.push(command)
    return command
  }

  return {
    folder,
    stateFolder: join(folder, '.local'),
    /** What `npm start -- ARGS` runs once everything is compiled; with one auth-service unless told otherwise, to be quick. */
    start: (env: NodeJS.ProcessEnv = {}, args = ['--auth', 'cpp']) => run('local-stack/dist/main.js', args, env),
    /** What `npm run reset` runs. */
    reset: () => run('local-stack/dist/reset.js', [], {}),
    /** What `npm run admin -- ARGS` runs. */
    admin: (args: string[]) => run('admin-cli/dist/main.js', args, {}),
    async remove() {
      for (const command of commands) command.signal('SIGTERM')
      await Promise.all(commands.map((command) => command.ended))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Command = ReturnType<typeof runCommand>

function runCommand(script: string, args: string[], env: NodeJS.ProcessEnv) {
  const { JWT_SECRET, JWT_SECRET_FILE, GATEWAY_PORT, DATABASE_URL, DATABASE_URL_FILE, ...rest } = process.env
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...rest, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += stripVTControlCharacters(String(chunk))
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += stripVTControlCharacters(String(chunk))
  })
  const ended = endOf(child)

  return {
    pid: child.pid ?? 0,
    output,
    /** Resolves to how it ended. */
    ended,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** What it prints from now on, nobody reads. */
    closeOutput: () => child.stdout.destroy(),
    /** Resolves when this has been printed. Throws when it ends without. */
    async printed(text: string) {
      await waitUntil(`"${text}" is printed`, async () => output.stdout.includes(text), {
        assertGoingOn() {
          if (child.exitCode !== null || child.signalCode !== null) {
            throw new Error(`It ended without printing "${text}":\n${output.stdout}${output.stderr}`)
          }
        },
      })
    },
  }
}

async function endOf(child: ChildProcess) {
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  )
  return { exitCode, signal }
}
