import { type AddressInfo, connect } from 'node:net'
import request from 'supertest'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHttpApp } from '../src/http-app.js'
import { createLogger } from '../src/logger.js'
import { createMetricRegistry } from '../src/metrics/registry.js'
import { createRequestMetrics } from '../src/metrics/request-metrics.js'
import { problemHandler, refuseUnknownPaths } from '../src/problem-handler.js'
import { requestLog } from '../src/request-log.js'
import { readSeries } from './prometheus-text.js'

function startApp() {
  const lines: string[] = []
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) })
  const registry = createMetricRegistry()
  const app = createHttpApp()
  app.use(requestLog(log, createRequestMetrics(registry)))
  app.get('/things/:id', (_req, res) => void setTimeout(() => res.json({}), 20))
  app.get('/never', () => {})
  app.use(refuseUnknownPaths, problemHandler(log))
  const duration = async (part: 'count' | 'sum', labels: string) =>
    readSeries(`http_request_duration_seconds_${part}{${labels}}`, await registry.text())
  return { app, lines, duration }
}

describe('a request that ended', () => {
  it('is logged and timed under its template, not its path', async () => {
    const { app, lines, duration } = startApp()
    await request(app).get('/things/17').expect(200)
    await request(app).get('/things/18').expect(200)
    const labels = 'method="GET",route="/things/:id",status="200"'
    expect(await duration('count', labels)).toBe(2)
    expect(await duration('sum', labels)).toBeGreaterThan(0.03)
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [1, 2].map(() => expect.objectContaining({ route: '/things/:id', status: 200 })),
    )
  })

  it('that no route took is counted under none', async () => {
    const { app, duration } = startApp()
    await Promise.all(['/a', '/b'].map((path) => request(app).get(path).expect(404)))
    expect(await duration('count', 'method="GET",route="none",status="404"')).toBe(2)
  })

  it('of an unusual method is counted as other, so that nobody can make series', async () => {
    const { app, duration } = startApp()
    await Promise.all([request(app).propfind('/a').expect(404), request(app).mkcol('/a').expect(404)])
    expect(await duration('count', 'method="other",route="none",status="404"')).toBe(2)
  })

  it('without an answer, because the client left, is counted as 499', async () => {
    const { app, lines, duration } = startApp()
    const server = app.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
    server.once('request', () => socket.destroy())
    await vi.waitFor(() => expect(lines).toHaveLength(1), 5000)
    expect(await duration('count', 'method="GET",route="/never",status="499"')).toBe(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ clientLeft: true })
  })
})
