import type { MetricRegistry } from './registry.js'

/** What a finished request is counted under. `route` is a template, never a path: a label must not grow without bound. */
type AnsweredRequest = { method: string; route: string; status: number }

// Any client can name any method of the HTTP registry, and each would be a series of its own.
const countedMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** How long requests take, by route template and status. */
export function createRequestMetrics({ histogram }: MetricRegistry) {
  const duration = histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, in seconds; status 499 when the client left before.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  })

  /** Observes seconds for one kind of request, looked up once: for a hot path. */
  function durationOf({ method, route, status }: AnsweredRequest): (seconds: number) => void {
    return duration({ method: countedMethods.has(method) ? method : 'other', route, status: String(status) })
  }

  return {
    durationOf,
    answered: (request: AnsweredRequest, seconds: number) => durationOf(request)(seconds),
  }
}

export type RequestMetrics = ReturnType<typeof createRequestMetrics>
