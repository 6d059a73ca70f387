import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcessOptions, startProcess } from './managed-process.js'
import { StackError } from './stack-error.js'

type ClusterOptions = Pick<ProcessOptions, 'guardian' | 'giveUp' | 'env' | 'user'> & {
  /** Holds the data folder, and for a moment the password. */
  folder: string
  data: string
  bin: string
  password: string
}

/** Makes an empty database cluster, or nothing: what a failure leaves is removed. */
export async function createCluster({ folder, data, bin, password, user, guardian, giveUp, ...rest }: ClusterOptions) {
  const passwordFile = join(folder, 'password')
  const lines: string[] = []
  try {
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (user) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid)
    const owner = ['-U', 'postgres', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256']
    const initdb = startProcess({
      ...rest,
      name: 'initdb',
      command: join(bin, 'initdb'),
      args: ['-D', data, ...owner, '-E', 'UTF8', '--locale=C', '--no-sync'],
      cwd: folder,
      user,
      stopSignal: 'SIGINT',
      guardian,
      onLine: (line) => lines.push(line),
      onCrash: () => {},
    })
    const stop = () => void initdb.stop()
    giveUp?.addEventListener('abort', stop)
    const how = await initdb.ended
    giveUp?.removeEventListener('abort', stop)
    giveUp?.throwIfAborted()
    // The last line says only that it cleans up.
    const said = lines.find((line) => /error:|FATAL:/.test(line)) ?? lines.at(-1)
    if (initdb.exitCode !== 0) throw new StackError(`initdb ${how}${said ? `; it said: ${said}` : ''}`)
  } catch (error) {
    // Nothing is in it yet, so the next start can begin anew.
    rmSync(data, { recursive: true, force: true })
    throw error
  } finally {
    rmSync(passwordFile, { force: true })
  }
}
