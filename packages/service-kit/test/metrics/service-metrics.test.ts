import request from 'supertest'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createHttpApp } from '../../src/http-app.js'
import { createServiceMetrics } from '../../src/metrics/service-metrics.js'
import { mistakesIn, readSeries } from '../prometheus-text.js'

function startMetrics() {
  const metrics = createServiceMetrics()
  onTestFinished(() => metrics.close())
  const app = createHttpApp().use(metrics.routes)
  return { metrics, scrape: () => request(app).get('/metrics').expect(200) }
}

it('answers in the text format of Prometheus', async () => {
  const answer = await startMetrics().scrape()
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(mistakesIn(answer.text)).toEqual([])
})

it('says what the process uses', async () => {
  const { text } = await startMetrics().scrape()
  expect(readSeries('process_cpu_seconds_total', text)).toBeGreaterThan(0.01)
  expect(readSeries('process_resident_memory_bytes', text)).toBeGreaterThan(10_000_000)
  expect(readSeries('nodejs_heap_size_used_bytes', text)).toBeGreaterThan(1_000_000)
  const startedAt = readSeries('process_start_time_seconds', text)
  expect(Math.abs(Date.now() / 1000 - startedAt)).toBeLessThan(600)
})

it('keeps the numbers of two services in one process apart', async () => {
  const one = startMetrics()
  const other = startMetrics()
  one.metrics.requests.answered({ method: 'GET', route: '/here', status: 200 }, 0.1)
  const series = 'http_request_duration_seconds_count{method="GET",route="/here",status="200"}'
  expect(readSeries(series, (await one.scrape()).text)).toBe(1)
  expect(readSeries(series, (await other.scrape()).text)).toBeNaN()
})

it('leaves no timer behind when it is closed', () => {
  vi.useFakeTimers()
  try {
    const metrics = createServiceMetrics()
    expect(vi.getTimerCount()).toBe(2)
    metrics.close()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
