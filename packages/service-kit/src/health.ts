import { type RequestHandler, Router } from 'express'
import type { Logger } from './logger.js'

/**
 * What a service needs in order to work; each resolves when it is there and rejects when not. One that resolves to `degraded` lacks
 * something it can do without for a while: the service is ready, and the probe tells.
 */
export type HealthChecks = Record<string, () => Promise<unknown>>

/**
 * The probes. `/livez`: the process answers. `/readyz`, and `/healthz` as its alias: it can do its work, 503 while something it needs
 * is away or while it drains. The log says what is away, and why. Probes come every few seconds, so they have no line in the request log.
 */
export function createHealth(checks: HealthChecks, log: Logger) {
  let draining = false

  async function check() {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, isThere]) => {
        const state = await isThere().then(
          (found) => (found === 'degraded' ? 'degraded' : 'OK'),
          (error: unknown) => {
            log.warn({ check: name, reason: reasonOf(error) }, 'not ready')
            return 'unavailable'
          },
        )
        return [name, state] as const
      }),
    )
    const ready = !draining && results.every(([, state]) => state !== 'unavailable')
    return {
      ready,
      body: { status: draining ? 'draining' : ready ? 'OK' : 'unavailable', checks: Object.fromEntries(results) },
    }
  }

  const answerReadiness: RequestHandler = async (_req, res) => {
    const { ready, body } = await check()
    res.status(ready ? 200 : 503).json(body)
  }

  const routes = Router({ caseSensitive: true, strict: true })
  routes.get('/livez', (_req, res) => {
    res.json({ status: 'OK' })
  })
  routes.get('/readyz', answerReadiness)
  routes.get('/healthz', answerReadiness)

  return {
    routes,
    /** From now on `/readyz` answers 503, so that whoever balances load looks elsewhere. */
    drain() {
      draining = true
    },
  }
}

export type Health = ReturnType<typeof createHealth>

// One line every few seconds: the stack would be the same each time.
const reasonOf = (error: unknown) => {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : message
}
