import { expect, it } from 'vitest'
import { createLogger } from '../src/logger.js'
import { createMetricRegistry } from '../src/metrics/registry.js'
import { createReload } from '../src/reload.js'
import { readSeries } from './prometheus-text.js'

function setUp(reload: () => object | Promise<object>) {
  const lines: string[] = []
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) })
  const metrics = createMetricRegistry()
  const counted = async (result: string) => readSeries(`config_reloads_total{result="${result}"}`, await metrics.text())
  return { reload: createReload({ reload, log, metrics }), lines, counted }
}

it('counts and logs a reload, with what may be known of it', async () => {
  const { reload, lines, counted } = setUp(() => ({ keys: 2 }))
  await reload()
  expect([await counted('ok'), await counted('failed')]).toEqual([1, 0])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'reloaded', keys: 2 })
})

it('survives a mistake in what it reads, and says so', async () => {
  const { reload, lines, counted } = setUp(() => {
    throw new Error('KEY: must be at least 32 bytes')
  })
  await reload()
  expect([await counted('ok'), await counted('failed')]).toEqual([0, 1])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', reason: 'KEY: must be at least 32 bytes' })
})

it('does one after the other, so that the last one asked for is the last one read', async () => {
  const events: string[] = []
  let number = 0
  const { reload, counted } = setUp(async () => {
    const own = ++number
    events.push(`begin ${own}`)
    await new Promise(setImmediate)
    events.push(`end ${own}`)
    return {}
  })
  await Promise.all([reload(), reload()])
  expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
  expect(await counted('ok')).toBe(2)
})
