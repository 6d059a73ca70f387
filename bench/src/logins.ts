import { setTimeout as sleep } from 'node:timers/promises'
import type { Load, LoadGenerator, LoadReport } from './load.js'
import { loginBodies } from './stack.js'

export type Logins = {
  /** Asked in turn: one for each auth-service. */
  urls: string[]
  /** Each asks again once it is answered. */
  connections?: number
  bodies?: string[]
}

/** More than any pool has workers, and few enough that this stack's queue of logins takes them all. */
export const floodConnections = 32
/** Until connections are made and queues are as long as they get. */
export const settleSeconds = 0.4

/** Logins on and on, until stopped. With the defaults, a flood: more at once than there are workers. */
export const startLogins = (
  load: LoadGenerator,
  { urls, connections = floodConnections, bodies = loginBodies }: Logins,
): Load => load.start({ urls: urls.map((url) => `${url}/login`), method: 'POST', bodies, pace: { connections } })

/** Logins a second, and how long each took, while nothing else is asked. Throws when one was refused. */
export async function measureLogins(load: LoadGenerator, logins: Logins, seconds: number) {
  const running = startLogins(load, logins)
  await sleep((settleSeconds + seconds) * 1000)
  const report = await running.stop()
  const completed = completedLogins(report, report.startedAtMs + settleSeconds * 1000, report.endedAtMs)
  if (completed.failed > 0) {
    const statuses = [...new Set(report.status.filter((status) => status !== 200))]
    throw new Error(
      `${completed.failed} of ${completed.answered} logins failed at ${logins.urls}, by status ${statuses}`,
    )
  }
  return completed
}

/** What was answered between two moments of the generator's clock. */
export function completedLogins({ atMs, latencyMs, status }: LoadReport, fromMs: number, toMs: number) {
  const inside = atMs.flatMap((at, index) => {
    const doneMs = at + (latencyMs[index] ?? 0)
    return status[index] === 200 && doneMs >= fromMs && doneMs <= toMs ? [index] : []
  })
  return {
    loginsPerSecond: (inside.length * 1000) / (toMs - fromMs),
    loginMs: inside.map((index) => latencyMs[index] ?? Number.NaN),
    /** Of all, before and after too. */
    answered: status.length,
    failed: status.filter((code) => code !== 200).length,
  }
}
