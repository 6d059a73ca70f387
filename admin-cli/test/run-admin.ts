import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))

type Run = { input?: string | Buffer; env?: NodeJS.ProcessEnv }

/** Runs the compiled CLI as the role admin_cli, on standard input that is no terminal. */
export function runAdmin(args: string[], { input = '', env = {} }: Run = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: environment(env) })
  // It may have ended without reading it.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return outcomeOf(child)
}

/** The same at a terminal, a pty made by `script`: `answers` are typed, each when the text before it has been shown. */
export async function runAdminAtTerminal(args: string[], answers: [shown: string, typed: string][]) {
  const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--echo', 'never', '--command', command, '/dev/null'], {
    env: environment({}),
  })
  const toAnswer = [...answers]
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    const next = toAnswer[0]
    if (next === undefined || !shown.includes(next[0])) return
    toAnswer.shift()
    shown = shown.slice(shown.indexOf(next[0]) + next[0].length)
    child.stdin.write(next[1])
  })
  return outcomeOf(child)
}

const environment = (env: NodeJS.ProcessEnv) => ({
  PATH: process.env.PATH,
  DATABASE_URL: inject('databaseUrls').admin,
  BCRYPT_COST: '4',
  ...env,
})

async function outcomeOf(child: ReturnType<typeof spawn>) {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { exitCode, stdout, stderr }
}
