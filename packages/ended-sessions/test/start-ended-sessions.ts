import { createLogger } from '@auth-stack/service-kit'
import { onTestFinished } from 'vitest'
import { createMetricRegistry } from '../../service-kit/src/metrics/registry.js'
import { readSeries } from '../../service-kit/test/prometheus-text.js'
import { createEndedSessions } from '../src/ended-sessions.js'

type Changes = { stalenessSeconds?: number; nowMs?: () => number; monotonicMs?: () => number }

/** An instance of a service, as far as ended sessions go, and the lines it logs. Closed after the test. */
export function startEndedSessions(connectionString: string, changes: Changes = {}) {
  const lines: string[] = []
  const registry = createMetricRegistry()
  const endedSessions = createEndedSessions({
    connectionString,
    stalenessSeconds: 30,
    log: createLogger('test', 'info', { write: (line) => void lines.push(line) }),
    metrics: registry,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    ...changes,
  })
  onTestFinished(() => endedSessions.close())
  return {
    ...endedSessions,
    lines,
    messages: () => lines.map((line) => JSON.parse(line).msg as string),
    text: registry.text,
    metric: async (name: string) => readSeries(`ended_sessions_${name}`, await registry.text()),
  }
}

export type Instance = ReturnType<typeof startEndedSessions>
