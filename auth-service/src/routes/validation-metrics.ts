import type { Refusal } from '@auth-stack/access-token'
import type { MetricRegistry, RequestMetrics } from '@auth-stack/service-kit'

/** How a validation ended; `unavailable` when it could not be said. */
type ValidationResult = 'ok' | 'unavailable' | Refusal

// Every result there is, with the status it is answered with.
const statusOf: Record<ValidationResult, number> = {
  ok: 200,
  unavailable: 403,
  absent: 401,
  malformed: 401,
  'wrong-algorithm': 401,
  'unknown-key': 401,
  'bad-signature': 401,
  expired: 401,
  'not-yet-valid': 401,
  'wrong-issuer': 401,
  'wrong-audience': 401,
  'no-subject': 401,
  'bad-claims': 401,
  'session-ended': 401,
}

/**
 * Counts validations by result, and their time with that of all requests. It is on the way of every protected request, so it adds to
 * plain numbers, which are handed over when they are read.
 */
export function createValidationMetrics({ counter }: MetricRegistry, requests: Pick<RequestMetrics, 'durationOf'>) {
  const seriesOf = (status: number) => ({
    count: 0,
    // Always GET: auth_request asks with nothing else.
    observe: requests.durationOf({ method: 'GET', route: '/validate', status }),
  })
  const series = Object.fromEntries(
    Object.entries(statusOf).map(([result, status]) => [result, seriesOf(status)]),
  ) as Record<ValidationResult, ReturnType<typeof seriesOf>>

  counter({
    name: 'auth_validations_total',
    help: 'Tokens judged for the gateway, by result: ok, why it was refused, or unavailable.',
    labelNames: ['result'],
    collect() {
      this.reset()
      for (const [result, { count }] of Object.entries(series)) this.inc({ result }, count)
    },
  })

  return {
    validated(result: ValidationResult, seconds: number) {
      const ended = series[result]
      ended.count++
      ended.observe(seconds)
    },
  }
}

export type ValidationMetrics = ReturnType<typeof createValidationMetrics>
