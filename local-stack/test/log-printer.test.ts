import { beforeEach, describe, expect, it } from 'vitest'
import { createLogPrinter } from '../src/log-printer.js'

let printed: string
const print = createLogPrinter({ color: false, write: (text) => (printed += text) })

beforeEach(() => {
  printed = ''
})

const time = '2026-11-23T20:00:00.000Z'

it('lays out a line of a service as time, who and what, with the facts after it', () => {
  print('auth-1 (cpp)', JSON.stringify({ level: 'info', time, service: 'auth-service', port: 4711, msg: 'listening' }))
  expect(printed).toMatch(/^\[\d\d:\d\d:00\]: auth-1 \(cpp\) {5}listening {"port":4711}\n$/)
})

it('shows the level of what is more than information', () => {
  print('api-1', JSON.stringify({ level: 'warn', time, msg: 'database connection lost' }))
  expect(printed).toContain('WARN database connection lost')
})

it('describes a request of a service and of nginx alike', () => {
  const request = { level: 'info', time, method: 'POST', status: 200, msg: 'answered' }
  print('auth-1 (cpp)', JSON.stringify({ ...request, route: '/login', ms: 61 }))
  print('nginx', JSON.stringify({ ...request, path: '/login', seconds: 0.0621, upstream: '' }))
  expect(printed).toMatch(
    /auth-1 \(cpp\) +answered POST \/login 200 61 ms\n.*nginx +answered POST \/login 200 62 ms\n$/,
  )
})

it.each(['nginx: [warn] something', '{ not JSON', '[1, 2]'])(
  'prints a line that is not a JSON object as it is: %s',
  (line) => {
    print('nginx', line)
    expect(printed).toMatch(/^ {11}nginx {12}/)
    expect(printed).toContain(`${line}\n`)
  },
)

it('prints a JSON line without a message as what it holds', () => {
  print('api-1', '{"port":1}')
  expect(printed).toContain('{"port":1}')
  expect(printed).not.toContain('undefined')
})

describe('of Postgres', () => {
  const line = (text: string) => `2026-11-23 20:00:00.000 UTC [7] ${text}`

  it.each([
    'LOG:  database system is ready to accept connections',
    'FATAL:  the database system is starting up',
    'STATEMENT:  select 1',
  ])('it keeps quiet about %s', (text) => {
    print('postgres', line(text))
    expect(printed).toBe('')
  })

  it.each(['ERROR:  relation "x" does not exist', 'FATAL:  data directory has wrong ownership', 'PANIC:  out of disk'])(
    'it prints %s',
    (text) => {
      print('postgres', line(text))
      expect(printed).toContain(text)
    },
  )
})
