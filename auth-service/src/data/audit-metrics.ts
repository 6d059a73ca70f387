import type { MetricRegistry } from '@auth-stack/service-kit'

/** What the audit log lacks, as far as this instance knows. */
export function createAuditMetrics({ counter }: MetricRegistry) {
  const lost = counter({
    name: 'auth_audit_rows_lost_total',
    help: 'Refusals and changes of keys whose row in the audit log could not be written; a line of the log has each.',
    labelNames: ['event'],
  })
  lost.inc({ event: 'login' }, 0)
  return { lost: (event: string) => lost.inc({ event }) }
}

export type AuditMetrics = ReturnType<typeof createAuditMetrics>
