import { expect, it } from 'vitest'
import { readArguments } from '../src/arguments.js'
import { StackError } from '../src/index.js'

it('starts one auth-service of each engine and one api-service unless told otherwise', () => {
  expect(readArguments([])).toEqual({ help: false, authEngines: ['cpp', 'rust'], apiInstances: 1 })
})

it.each([
  [['--auth', 'cpp:2'], ['cpp', 'cpp'], 1],
  [['--auth', 'rust'], ['rust'], 1],
  [['--auth', 'cpp:1,rust:2', '--api', '3'], ['cpp', 'rust', 'rust'], 3],
])('reads %j', (args, authEngines, apiInstances) => {
  expect(readArguments(args)).toMatchObject({ authEngines, apiInstances })
})

it.each([
  [['--auth', 'go:1'], '--auth: "go" is no engine; there are cpp and rust'],
  [['--auth', ''], '--auth: "" is no engine; there are cpp and rust'],
  [['--auth', 'cpp:0'], '--auth: "0" is no number of instances from 1 to 16'],
  [['--auth', 'cpp:many'], '--auth: "many" is no number of instances from 1 to 16'],
  [['--auth', 'cpp:1:2'], '--auth: "1:2" is no number of instances from 1 to 16'],
  [['--api', '17'], '--api: "17" is no number of instances from 1 to 16'],
  [['--api', '1.5'], '--api: "1.5" is no number of instances from 1 to 16'],
  [['--api', '0x2'], '--api: "0x2" is no number of instances from 1 to 16'],
  [['--port', '80'], "Unknown option '--port'; see npm start -- --help"],
  [['cpp'], "Unexpected argument 'cpp'; see npm start -- --help"],
  [['--api'], "Option '--api <value>' argument missing; see npm start -- --help"],
])('refuses %j in one line', (args, message) => {
  expect(() => readArguments(args)).toThrow(new StackError(message))
})
