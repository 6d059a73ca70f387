import { type ManagedProcess, type ProcessOptions, startProcess } from './managed-process.js'
import { answersOk } from './wait-until.js'

type NodeServiceOptions = Pick<ProcessOptions, 'name' | 'env' | 'guardian' | 'giveUp' | 'onLine' | 'onCrash'> & {
  /** The compiled main.js. */
  main: string
  port: number
  /** It runs, with another process id than before. */
  onStarted: () => void
}

/** One instance of a service, on a port that stays its own when it is restarted. */
export function createNodeService({ main, port, env, onStarted, ...processOptions }: NodeServiceOptions) {
  const url = `http://127.0.0.1:${port}`
  let current: ManagedProcess | undefined

  async function start() {
    const started = startProcess({
      ...processOptions,
      command: process.execPath,
      args: [main],
      env: { ...env, HOST: '127.0.0.1', PORT: String(port) },
      stopSignal: 'SIGTERM',
    })
    current = started
    onStarted()
    await started.untilReady(() => answersOk(`${url}/readyz`))
  }

  return {
    name: processOptions.name,
    url,
    port,
    start,
    /** Its process id now. */
    get pid() {
      return current?.pid
    },
    /** Resolves when the current process has ended. */
    get ended() {
      return current?.ended ?? Promise.resolve()
    },
    kill: (signal: NodeJS.Signals) => current?.kill(signal),
    stop: async () => {
      await current?.stop()
    },
    async restart() {
      await current?.stop()
      await start()
    },
  }
}

export type NodeService = ReturnType<typeof createNodeService>
