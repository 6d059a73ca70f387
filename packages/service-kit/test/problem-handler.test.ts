import express from 'express'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { createHttpApp } from '../src/http-app.js'
import { createLogger } from '../src/logger.js'
import { databaseUnavailable, Problem } from '../src/problem.js'
import { problemHandler, refuseOtherMethods, refuseUnknownPaths } from '../src/problem-handler.js'
import { requestLog } from '../src/request-log.js'

/** An application that throws what the test gives it, and the lines it logs. */
function appThatThrows(error?: unknown) {
  const lines: string[] = []
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) })
  const app = createHttpApp()
  app.use(requestLog(log, { answered: () => {} }))
  app.post('/body', express.json({ limit: 100, inflate: false }), (req, res) => void res.json(req.body))
  app.get('/thing', () => {
    throw error
  })
  app.all('/thing', refuseOtherMethods('GET'))
  app.use(refuseUnknownPaths, problemHandler(log))
  return { app, lines }
}

const post = (body: string, type = 'application/json') => {
  const { app, lines } = appThatThrows()
  return { answer: request(app).post('/body').set('Content-Type', type).send(body), lines }
}

it('answers an expected failure as problem+json with its code, headers and the request id', async () => {
  const { app } = appThatThrows(new Problem(429, 'slow-down', 'Too fast', { headers: { 'retry-after': '7' } }))
  const answer = await request(app).get('/thing').set('X-Request-Id', 'abcdef123456')
  expect(answer.status).toBe(429)
  expect(answer.type).toBe('application/problem+json')
  expect(answer.headers).toMatchObject({
    'retry-after': '7',
    'x-request-id': 'abcdef123456',
    'cache-control': 'no-store',
  })
  expect(JSON.parse(answer.text)).toEqual({
    type: 'about:blank',
    title: 'Too Many Requests',
    status: 429,
    code: 'slow-down',
    detail: 'Too fast',
    requestId: 'abcdef123456',
  })
})

it('says nothing of an unexpected failure to the client, and everything to the log', async () => {
  const { app, lines } = appThatThrows(new TypeError('secret detail'))
  const answer = await request(app).get('/thing')
  expect(answer.status).toBe(500)
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'internal-error' })
  expect(answer.text).not.toContain('secret detail')
  expect(lines.join()).toContain('secret detail')
})

it('logs why the database cannot be asked, and answers 503 with Retry-After', async () => {
  const { app, lines } = appThatThrows(databaseUnavailable(new Error('ECONNREFUSED somewhere')))
  const answer = await request(app).get('/thing')
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
  expect(lines.join()).toContain('ECONNREFUSED somewhere')
})

describe('a body that cannot be read', () => {
  it.each([
    ['broken JSON', '{"password": "hunter2"', 'application/json', 400],
    ['no object', '"hunter2"', 'application/json', 400],
    ['too large', JSON.stringify({ password: 'hunter2'.repeat(50) }), 'application/json', 413],
    ['an unknown charset', '{"password": "hunter2"}', 'application/json; charset=koi8-r', 415],
  ])('is answered 4xx when it is %s, and no byte of it is logged', async (_what, body, type, status) => {
    const { answer, lines } = post(body, type)
    expect((await answer).status).toBe(status)
    expect((await answer).text).not.toContain('hunter2')
    expect(lines).toHaveLength(1)
    expect(lines.join()).not.toContain('hunter2')
  })

  it('is answered 415 when it is compressed', async () => {
    const { app } = appThatThrows()
    const answer = await request(app)
      .post('/body')
      .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
      .send('x')
    expect(answer.status).toBe(415)
  })
})

describe('a path', () => {
  it.each([
    ['GET', '/nothing', 404],
    ['GET', '/Thing', 404],
    ['GET', '/thing/', 404],
    ['GET', '/%ff', 404],
    ['DELETE', '/thing', 405],
  ])('%s %s is answered %i', async (method, path, status) => {
    const { app } = appThatThrows()
    const answer = await request(app)[method.toLowerCase() as 'get'](path)
    expect(answer.status).toBe(status)
    expect(answer.type).toBe('application/problem+json')
  })
})

it('makes a request id when it is given none, or something that is none', async () => {
  const { app } = appThatThrows()
  for (const given of ['', 'short', 'with spaces in it', 'x'.repeat(65)]) {
    const answer = await request(app).get('/nothing').set('X-Request-Id', given)
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  }
})

it('logs one line a request, with its route and without its query', async () => {
  const { app, lines } = appThatThrows(new Problem(404, 'gone', 'Gone'))
  await request(app).get('/thing?token=hunter2')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'answered', method: 'GET', route: '/thing', status: 404 })
  expect(lines[0]).not.toContain('hunter2')
})
