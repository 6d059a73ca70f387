import { expect, it } from 'vitest'
import { furtherAuthServers } from '../src/stack.js'

it.each([
  [undefined, []],
  ['', []],
  ['auth-go:8082', ['auth-go:8082']],
  ['10.0.0.7:8080, [::1]:8081\nauth.internal:80', ['10.0.0.7:8080', '[::1]:8081', 'auth.internal:80']],
])('reads %j', (list, servers) => {
  expect(furtherAuthServers(list)).toEqual(servers)
})

it.each(['auth-go', 'http://auth-go:8082', 'auth-go:http', 'a:1;}', 'a:1 b'])('refuses %j', (list) => {
  expect(() => furtherAuthServers(list)).toThrow(/^GATEWAY_AUTH_SERVERS: ".*" is not host:port$/)
})
