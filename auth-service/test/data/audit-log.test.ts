import { createDatabase, createLogger, createServiceMetrics } from '@auth-stack/service-kit'
import { expect, inject, it, onTestFinished } from 'vitest'
import { createAuditLog } from '../../src/data/audit-log.js'
import { createAuditMetrics } from '../../src/data/audit-metrics.js'
import { createPruneAuditLog } from '../../src/services/prune-audit-log.js'
import { connectAsOwner } from '../sessions-of-users.js'

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

it('has a row and a line of each change of the keys, by name', async () => {
  const metrics = createServiceMetrics()
  const applicationName = `instance-${Date.now()}`
  const database = createDatabase({
    connectionString: inject('databaseUrls').auth,
    maxConnections: 1,
    applicationName,
    log: createLogger('test', 'silent', { write: () => {} }),
    metrics: metrics.database,
  })
  onTestFinished(async () => {
    metrics.close()
    await database.close()
  })
  const { auditLog, lines } = auditLogOn(database, 'info')
  const details = { accepted: ['HS256', 'ES256 a-kid'], signing: ['ES256 a-kid'] }
  await auditLog.recordKeys('reload', details)
  const owner = await connectAsOwner()
  const { rows } = await owner.query(
    'select event, outcome, reason, actor, details from audit_log where instance = $1',
    [applicationName],
  )
  expect(rows).toEqual([{ event: 'keys-read', outcome: 'ok', reason: 'reload', actor: 'system', details }])
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'keys-read', reason: 'reload', details, msg: 'audit' },
  ])
})

it('says of a change of the keys that could not be written all there is to say', async () => {
  const { auditLog, lines } = auditLogOn({ query: () => Promise.reject(new Error('away')) }, 'info')
  const details = { accepted: ['HS256'], signing: ['HS256'] }
  await auditLog.recordKeys('reload', details)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'error', event: 'keys-read', details, msg: 'audit row lost' },
  ])
})
