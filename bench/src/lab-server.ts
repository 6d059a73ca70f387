import { availableParallelism } from 'node:os'
import { program } from './programs.js'
import type { BenchStack } from './stack.js'
import { startServer } from './start-server.js'

/** Where a password is compared: on the event loop, on libuv's pool, on it from a worker, or in a worker alone. */
export const labModes = ['main-sync', 'libuv-async', 'worker-async', 'worker-sync'] as const
export type LabMode = (typeof labModes)[number]

/** An auth-service in one of these modes, before the stack's own database and with its key. */
export const startLabServer = (stack: BenchStack, mode: LabMode, env: NodeJS.ProcessEnv = {}) =>
  startServer({
    file: program('servers/lab.js'),
    args: [mode],
    env: {
      JWT_SECRET: stack.signingKey,
      DATABASE_URL: stack.authDatabaseUrl,
      HASH_WORKERS: String(availableParallelism()),
      ...env,
    },
  })
