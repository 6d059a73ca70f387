import type { AuditLog } from '../data/audit-log.js'

/** Removes the rows of the audit log that are past their age, batch by batch, until there are none. */
export function createPruneAuditLog(auditLog: Pick<AuditLog, 'removeOld'>) {
  return async function pruneAuditLog(signal: AbortSignal): Promise<void> {
    for (let removed = 1; removed > 0 && !signal.aborted; ) removed = await auditLog.removeOld()
  }
}
