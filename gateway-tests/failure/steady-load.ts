import { Agent } from 'node:http'
import { bearer, send } from '../client/send.js'

/** One request of the load. Times are `performance.now()`, in milliseconds. */
export type Sample = { kind: 'protected' | 'login'; startedAt: number; ms: number; status: number | string }

type SteadyLoadOptions = {
  baseUrl: string
  /** Each its own, so that the verdict cache leaves most validations to the services. */
  tokens: string[]
  protectedPerSecond: number
  loginsPerSecond: number
}

/**
 * Sends protected requests and logins at a fixed rate, whatever becomes of those before, until told to stop. A connection that breaks is
 * a failure like any other: its status is the error's code.
 */
export function startSteadyLoad({ baseUrl, tokens, protectedPerSecond, loginsPerSecond }: SteadyLoadOptions) {
  const agent = new Agent({ keepAlive: true })
  const samples: Sample[] = []
  const pending = new Set<Promise<void>>()
  let next = 0

  function ask(kind: Sample['kind']) {
    const startedAt = performance.now()
    const sent =
      kind === 'protected'
        ? send(baseUrl, '/api/v1/user/profile', { agent, headers: [bearer(tokens[next++ % tokens.length] ?? '')] })
        : send(baseUrl, '/login', {
            method: 'POST',
            agent,
            headers: [['Content-Type', 'application/json']],
            body: '{"username":"alice","password":"password123"}',
            timeoutMs: 30_000,
          })
    const asked = sent
      .then(
        ({ status }) => status,
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      )
      .then((status) => {
        samples.push({ kind, startedAt, ms: performance.now() - startedAt, status })
        pending.delete(asked)
      })
    pending.add(asked)
  }

  const timers = [
    setInterval(() => ask('protected'), 1000 / protectedPerSecond),
    setInterval(() => ask('login'), 1000 / loginsPerSecond),
  ]

  return {
    samples,
    /** Resolves once `count` more requests of this kind have been answered, well or not. */
    async answered(kind: Sample['kind'], count: number) {
      const answered = () => samples.filter((sample) => sample.kind === kind).length
      const goal = answered() + count
      while (answered() < goal) await Promise.race([...pending, new Promise((resolve) => setTimeout(resolve, 20))])
    },
    /** Waits for what is on its way, and tells it all. */
    async stop(): Promise<Sample[]> {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(pending)
      agent.destroy()
      return samples
    },
  }
}

/** The p-th percentile of how long these took, in milliseconds. */
export function percentile(samples: Sample[], p: number): number {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? Number.NaN
}
