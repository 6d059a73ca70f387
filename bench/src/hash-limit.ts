import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { EngineName } from 'auth-service/dist/crypto/engine.js'
import { program } from './programs.js'

/** What this machine's cores can do at most: they compare passwords of cost 10, one thread a core, and do nothing else. */
export async function measureHashLimit(engine: EngineName, seconds: number, threads: number) {
  const args = [program('hash-limit-process.js'), engine, String(seconds), String(threads)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as { perSecond: number; comparisonMs: number }
}
