import { createLogger, createServiceMetrics } from '@auth-stack/service-kit'
import { expect, it, onTestFinished } from 'vitest'
import { createAuditLog } from '../../src/data/audit-log.js'
import { createAuditMetrics } from '../../src/data/audit-metrics.js'
import { createPruneAuditLog } from '../../src/services/prune-audit-log.js'

function auditLogOn(db: Parameters<typeof createAuditLog>[0]['db'], level: string) {
  const lines: string[] = []
  const log = createLogger('test', level, { write: (line) => void lines.push(line) })
  const metrics = createServiceMetrics()
  onTestFinished(() => metrics.close())
  return { lines, auditLog: createAuditLog({ db, log, instance: 'i', metrics: createAuditMetrics(metrics.registry) }) }
}

it('is not silenced by the level of the log', () => {
  const { auditLog, lines } = auditLogOn({ query: () => Promise.reject(new Error('not asked')) }, 'fatal')
  const client = { address: '192.0.2.1', userAgent: 'a browser', requestId: 'the-request-id' }
  auditLog.tell({ event: 'login', outcome: 'ok', ...client })
  auditLog.tell({ event: 'refresh-token-reused', outcome: 'ok', ...client })
  expect(lines.map((line) => JSON.parse(line)).map(({ level, event }) => [level, event])).toEqual([
    ['info', 'login'],
    ['warn', 'refresh-token-reused'],
  ])
})

it('is pruned batch by batch until nothing is old, or it is time to stop', async () => {
  const answers = [1000, 1000, 3, 0, 7]
  const { auditLog } = auditLogOn({ query: async () => ({ rows: [{ removed: answers.shift() }] }) as never }, 'silent')
  const prune = createPruneAuditLog(auditLog)
  await prune(AbortSignal.abort())
  expect(answers).toHaveLength(5)
  await prune(new AbortController().signal)
  expect(answers).toEqual([7])
})
