import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { validateMs } from '../src/checks/overload.js'

it('gives /validate as long as nginx does', () => {
  const route = readFileSync(new URL('../../nginx/includes/route-api.conf', import.meta.url), 'utf8')
  const [, seconds] = /location = \/_auth_validation \{[^}]*proxy_read_timeout (\d+)s;/.exec(route) ?? []
  expect(validateMs).toBe(Number(seconds) * 1000)
})
