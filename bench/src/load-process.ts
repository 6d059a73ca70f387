import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadMessage, LoadReport, LoadSpec } from './load.js'
import { poissonIntervals } from './poisson.js'

// The load generator: a process of its own, so that whoever controls the measurement does not delay it. Driven by load.ts.

// Beyond this nobody waits; it also bounds how long a measurement takes.
const answerTimeoutMs = 3000
// Who asks for capacity does, and is cut at the end: a stall of the machine is no failure of the server.
const patientTimeoutMs = 30_000
const loads = new Map<number, ReturnType<typeof startLoad>>()

process.on('message', async ({ id, start }: LoadMessage) => {
  if (start) {
    loads.set(id, startLoad(start))
  } else {
    const report = await loads.get(id)?.stop()
    loads.delete(id)
    process.send?.({ id, report })
  }
})
process.on('disconnect', () => process.exit())

function startLoad(spec: LoadSpec) {
  const agent = new Agent({ keepAlive: true })
  const startedAtMs = performance.now()
  const report: LoadReport = { startedAtMs, endedAtMs: 0, atMs: [], latencyMs: [], status: [] }
  const inFlight = new Set<Promise<void>>()
  const send = createSender(spec, agent)
  let stopped = false

  /** Latency counts from when the request was meant to be sent, so waiting for a busy server or generator is not left out. */
  async function ask(intendedAtMs: number) {
    // Timers are whole milliseconds, so one may be sent a little early.
    const atMs = Math.min(intendedAtMs, performance.now())
    const status = await send()
    if (stopped && 'connections' in spec.pace) return
    report.atMs.push(atMs)
    report.latencyMs.push(performance.now() - atMs)
    report.status.push(status)
  }

  async function askAtFixedRate(intervalMs: () => number) {
    for (let nextAtMs = startedAtMs; ; nextAtMs += intervalMs()) {
      const waitMs = nextAtMs - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      if (stopped) return
      const asked = ask(nextAtMs).finally(() => inFlight.delete(asked))
      inFlight.add(asked)
    }
  }

  async function askAgainAndAgain() {
    while (!stopped) await ask(performance.now())
  }

  const { pace } = spec
  if ('connections' in pace) for (let index = 0; index < pace.connections; index++) void askAgainAndAgain()
  else if (pace.poissonSeed === undefined) void askAtFixedRate(() => 1000 / pace.perSecond)
  else void askAtFixedRate(poissonIntervals(pace.perSecond, pace.poissonSeed))

  return {
    /** Asks no more. At a fixed rate, waits for what was asked; the connections of a flood are cut. */
    async stop(): Promise<LoadReport> {
      stopped = true
      report.endedAtMs = performance.now()
      await Promise.all(inFlight)
      agent.destroy()
      return report
    },
  }
}

/** A function that sends the next request and resolves to its status; 0 when there was no answer. */
function createSender({ urls, method, tokens = [], bodies = [], pace }: LoadSpec, agent: Agent) {
  const timeout = 'connections' in pace ? patientTimeoutMs : answerTimeoutMs
  let count = 0
  const turn = (list: string[]) => list[count % list.length]

  return function send(): Promise<number> {
    const [url = '', token, body] = [turn(urls), turn(tokens), turn(bodies)]
    count++
    return new Promise((resolve) => {
      const asked = request(
        url,
        {
          agent,
          method,
          timeout,
          headers: {
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
          },
        },
        (answer) => {
          answer.resume()
          answer.once('close', () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0))
        },
      )
      asked.once('timeout', () => asked.destroy())
      asked.once('error', () => resolve(0))
      asked.end(body)
    })
  }
}
