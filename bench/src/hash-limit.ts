import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { EngineName } from 'auth-service/dist/crypto/engine.js'
import { program } from './programs.js'

type HashLimit = { engine: EngineName; cost: number; seconds: number }

/** What this machine's cores can do at most: they compare passwords, one thread a core, and do nothing else. */
export async function measureHashLimit({ engine, cost, seconds }: HashLimit) {
  const args = [program('hash-limit-process.js'), engine, String(cost), String(seconds)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as { perSecond: number }
}
