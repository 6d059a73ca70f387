import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { processIdentity } from '../src/process-identity.js'

it('is the same whenever it is asked, and another one for another process', () => {
  expect(processIdentity(process.pid)).toMatch(new RegExp(`^${process.pid} \\S+$`))
  expect(processIdentity(process.pid)).toBe(processIdentity(process.pid))
  expect(processIdentity(process.ppid)).not.toBe(processIdentity(process.pid))
})

it('is none for a process that has ended', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  expect(processIdentity(child.pid ?? 0)).toBeUndefined()
})

it('is read right when the name of the program holds spaces and brackets', async () => {
  const child = spawn(process.execPath, [
    '-e',
    "process.title = 'a) b (c'; console.log(); setTimeout(() => {}, 60_000)",
  ])
  await once(child.stdout, 'data')
  expect(processIdentity(child.pid ?? 0)).toMatch(new RegExp(`^${child.pid} \\S+$`))
  child.kill()
})
