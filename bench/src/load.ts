import { fork } from 'node:child_process'
import { once } from 'node:events'
import { program } from './programs.js'

export type LoadSpec = {
  /** Asked in turn. */
  urls: string[]
  method: 'GET' | 'POST'
  /** Bearer tokens, one a request, in turn. */
  tokens?: string[]
  /** JSON bodies, in turn. */
  bodies?: string[]
  /**
   * Open loop: so many requests a second whatever the server does, evenly or as Poisson arrivals. Closed loop: each connection asks
   * again once it is answered, which is a flood when there are more connections than the server has workers.
   */
  pace: { perSecond: number; poissonSeed?: number } | { connections: number }
}

/** One entry a request in each of the arrays. All times are ms of the generator's clock. */
export type LoadReport = {
  startedAtMs: number
  endedAtMs: number
  /** When it was to be sent. */
  atMs: number[]
  /** From then to its last byte. */
  latencyMs: number[]
  /** 0 when there was no answer. */
  status: number[]
}

export type LoadMessage = { id: number; start?: LoadSpec }

/** Starts the load generator, a process of its own which makes any number of loads at once. */
export function startLoadGenerator() {
  const child = fork(program('load-process.js'))
  const waiting = new Map<number, (report: LoadReport) => void>()
  child.on('message', ({ id, report }: { id: number; report: LoadReport }) => waiting.get(id)?.(report))
  const ended = once(child, 'exit')
  const failure = () => ended.then(([code]) => Promise.reject(new Error(`the load generator ended with ${code}`)))
  let count = 0

  return {
    start(spec: LoadSpec) {
      const id = count++
      child.send({ id, start: spec } satisfies LoadMessage)
      return {
        stop(): Promise<LoadReport> {
          const report = new Promise<LoadReport>((resolve) => {
            waiting.set(id, resolve)
            child.send({ id } satisfies LoadMessage)
          })
          return Promise.race([report, failure()])
        },
      }
    },
    stop: () => void child.disconnect(),
  }
}

export type LoadGenerator = ReturnType<typeof startLoadGenerator>
export type Load = ReturnType<LoadGenerator['start']>
