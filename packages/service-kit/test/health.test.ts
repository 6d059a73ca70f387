import request from 'supertest'
import { expect, it } from 'vitest'
import { createHealth } from '../src/health.js'
import { createHttpApp } from '../src/http-app.js'
import { createLogger } from '../src/logger.js'

function probes(isThere: () => Promise<unknown>) {
  const lines: string[] = []
  const health = createHealth(
    { database: isThere },
    createLogger('test', 'info', { write: (line) => void lines.push(line) }),
  )
  const app = createHttpApp().use(health.routes)
  return { health, lines, get: (path: string) => request(app).get(path) }
}

it('is ready when everything it needs is there', async () => {
  const { get } = probes(async () => {})
  for (const path of ['/readyz', '/healthz']) {
    expect((await get(path).expect(200)).body).toEqual({ status: 'OK', checks: { database: 'OK' } })
  }
})

it('is alive but not ready while something is away, and logs why', async () => {
  const { get, lines } = probes(() => Promise.reject(new Error('connection refused')))
  expect((await get('/readyz').expect(503)).body).toEqual({
    status: 'unavailable',
    checks: { database: 'unavailable' },
  })
  await get('/livez').expect(200)
  expect(lines.join()).toContain('connection refused')
})

it('is ready while something is degraded, and says what', async () => {
  const { get, lines } = probes(async () => 'degraded')
  expect((await get('/readyz').expect(200)).body).toEqual({ status: 'OK', checks: { database: 'degraded' } })
  expect(lines).toEqual([])
})

it('is not ready any more once it drains', async () => {
  const { get, health } = probes(async () => {})
  health.drain()
  expect((await get('/readyz').expect(503)).body.status).toBe('draining')
  await get('/livez').expect(200)
})
