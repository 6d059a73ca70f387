import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts, waitUntil } from 'local-stack'

type ServerOptions = { file: string; args?: string[]; env?: NodeJS.ProcessEnv }

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a server program on a free port (`PORT`) until it answers `GET /readyz`. What it writes to standard output is dropped. */
export async function startServer({ file, args = [], env = {} }: ServerOptions) {
  const [port = 0] = await freePorts(1)
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  running.add(child)
  const ended = once(child, 'exit').then(() => running.delete(child))
  const url = `http://127.0.0.1:${port}`
  await waitUntil(`${file} answers`, async () => (await fetch(`${url}/readyz`)).ok, {
    assertGoingOn() {
      if (child.exitCode !== null) throw new Error(`${file} exited with code ${child.exitCode}`)
    },
  })
  return {
    url,
    port,
    pid: child.pid as number,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export type Server = Awaited<ReturnType<typeof startServer>>
