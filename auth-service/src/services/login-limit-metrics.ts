import type { MetricRegistry } from '@auth-stack/service-kit'
import type { ReachedLimit } from './login-limits.js'

/** How often guessing met a limit. */
export function createLoginLimitMetrics({ counter }: MetricRegistry) {
  const refused = counter({
    name: 'auth_logins_locked_total',
    help: 'Attempts to log in that were refused whatever the password was, by the limit that was reached.',
    labelNames: ['limit'],
  })
  const lockouts = counter({
    name: 'auth_lockouts_total',
    help: 'Times a limit of failed logins was reached, by limit.',
    labelNames: ['limit'],
  })
  for (const limit of ['pair', 'account'] satisfies ReachedLimit[]) {
    refused.inc({ limit }, 0)
    lockouts.inc({ limit }, 0)
  }
  return {
    refused: (limit: ReachedLimit) => refused.inc({ limit }),
    lockedOut: (limit: ReachedLimit) => lockouts.inc({ limit }),
  }
}

export type LoginLimitMetrics = ReturnType<typeof createLoginLimitMetrics>
