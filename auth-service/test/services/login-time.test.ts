import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import bcrypt from 'bcrypt'
import { expect, it } from 'vitest'
import { newUser, newUserPassword as password } from '../new-user.js'
import { listen, startAuthService } from '../start-auth-service.js'

const samplesARound = 15
const rounds = 8
const tolerance = 0.15

it('an unknown name, a wrong password, and a locked account given a wrong or the right one take equally long', async () => {
  // What the decoy costs.
  const hash = bcrypt.hashSync(password, 10)
  const [open, locked] = [(await newUser(hash)).username, (await newUser(hash)).username]
  // The account that is tried gets near no limit; the other one is locked by the first failure.
  const { listener } = await startAuthService({ perPair: { failures: 1, seconds: 900 } })
  const port = await listen(listener)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let attempt = 0

  function logIn(
    username: string,
    given: string,
    address: string,
  ): Promise<{ ms: number; status: number | undefined }> {
    const startedAt = performance.now()
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'X-Real-IP': address }
      request({ port, method: 'POST', path: '/login', headers, agent }, (response) => {
        response.resume().once('end', () => resolve({ ms: performance.now() - startedAt, status: response.statusCode }))
      })
        .once('error', reject)
        .end(JSON.stringify({ username, password: given }))
    })
  }

  const newAddress = () => `10.0.${attempt >> 8}.${attempt++ & 255}`
  const kinds: Record<string, () => ReturnType<typeof logIn>> = {
    wrong: () => logIn(open, 'wrong', newAddress()),
    unknown: () => logIn(`nobody-${randomUUID()}`, 'wrong', newAddress()),
    'locked, wrong': () => logIn(locked, 'wrong', '192.0.2.1'),
    'locked, right': () => logIn(locked, password, '192.0.2.1'),
  }
  await kinds['locked, wrong']?.()

  const times: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
  // A machine that is busy is given more rounds to come out even.
  for (let round = 0; round < rounds; round++) {
    for (let sample = 0; sample < samplesARound; sample++) {
      for (const [kind, ask] of Object.entries(kinds)) {
        const { ms, status } = await ask()
        expect(status).toBe(401)
        times[kind]?.push(ms)
      }
    }
    if (isEven(times)) break
  }
  agent.destroy()
  expect(isEven(times), JSON.stringify(summary(times))).toBe(true)
}, 120_000)

const quantile = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN

/** Quartiles, in milliseconds. */
const summary = (times: Record<string, number[]>) =>
  Object.fromEntries(
    Object.entries(times).map(([kind, values]) => [
      kind,
      [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(1)),
    ]),
  )

/** Whether the first quartiles and the medians are alike. What is above them is the machine's noise. */
function isEven(times: Record<string, number[]>): boolean {
  return [0.25, 0.5].every((share) => {
    const values = Object.values(times).map((ofKind) => quantile(ofKind, share))
    return Math.max(...values) / Math.min(...values) <= 1 + tolerance
  })
}
