import type { MetricRegistry } from '@auth-stack/service-kit'

// So that these are there, as zero, before the first of their kind. Any other problem code a login ends in counts as well.
const usualResults = [
  'ok',
  'bad-credentials',
  'invalid-request',
  'overloaded',
  'client-left',
  'database-unavailable',
  'crypto-unavailable',
]

/** Counts logins by result: `ok`, or the code of the problem that was answered. */
export function createLoginMetrics({ counter }: MetricRegistry) {
  const logins = counter({
    name: 'auth_logins_total',
    help: 'Attempts to log in, by result: ok, or the code of the problem that was answered.',
    labelNames: ['result'],
  })
  for (const result of usualResults) logins.inc({ result }, 0)
  return { ended: (result: string) => logins.inc({ result }) }
}

export type LoginMetrics = ReturnType<typeof createLoginMetrics>
