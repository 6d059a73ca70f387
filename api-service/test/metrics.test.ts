import request from 'supertest'
import { expect, it } from 'vitest'
import { mistakesIn, promtoolOn, readSeries } from '../../packages/service-kit/test/prometheus-text.js'
import { startApiService, tokenWith } from './start-api-service.js'

async function afterTraffic() {
  const { app, lines, scrape } = startApiService()
  const ask = (path: string) => request(app).get(path).set('Authorization', `Bearer ${tokenWith()}`)
  await ask('/api/v1/user/profile').expect(200)
  await ask('/api/v1/user/profile').expect(200)
  await ask('/api/v1/user/42').expect(404)
  await request(app).get('/api/v1/user/profile').expect(401)
  return { text: await scrape(), lines }
}

it('times requests by template and status', async () => {
  const { text } = await afterTraffic()
  const timed = (route: string, status: number) =>
    readSeries(`http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`, text)
  expect(timed('/api/v1/user/profile', 200)).toBe(2)
  expect(timed('none', 404)).toBe(1)
  expect(timed('none', 401)).toBe(1)
})

it('shows its connections to Postgres', async () => {
  const { text } = await afterTraffic()
  expect(readSeries('pg_pool_connections', text)).toBe(1)
  expect(readSeries('pg_pool_idle_connections', text)).toBe(1)
  expect(readSeries('pg_pool_waiting_queries', text)).toBe(0)
  expect(readSeries('pg_pool_max_connections', text)).toBe(2)
  expect(readSeries('pg_pool_acquire_seconds_count', text)).toBe(2)
})

it('is Prometheus text that names no user and no token, and has no line in the request log', async () => {
  const { text, lines } = await afterTraffic()
  expect(mistakesIn(text)).toEqual([])
  for (const part of ['alice', '/42', ...tokenWith().split('.')]) expect(text).not.toContain(part)
  expect(lines).toHaveLength(4)
})

it('leaves promtool nothing to say', async (context) => {
  expect(promtoolOn((await afterTraffic()).text, context)).toBe('')
})
