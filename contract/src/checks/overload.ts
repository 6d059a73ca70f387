import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../ask.js'
import type { Check } from '../check.js'
import { describeAnswer } from '../describe-answer.js'
import type { Target } from '../target.js'

const loginsAtOnce = 100
/** As long as nginx waits for /validate: `proxy_read_timeout` in nginx/includes/route-api.conf. */
export const validateMs = 1000
const pauseMs = 20

/** Names nobody has: it is the work that counts, and nobody is locked out for it. */
const flood = (target: Target) =>
  Promise.all(
    Array.from({ length: loginsAtOnce }, () => target.logIn({ username: `nobody-${randomUUID()}`, password: 'wrong' })),
  )

/** A flood of logins is turned away in good order, and does not stand in the way of those who are logged in. */
export const overloadChecks: Check[] = [
  {
    name: `${loginsAtOnce} logins at once`,
    expected: '401, or 429 or 503 with Retry-After',
    run: async (target) => count((await flood(target)).map(describeLogin)),
    accepts: (got) =>
      got.split(', ').every((part) => /^\d+ × (401 bad-credentials|(429|503) [a-z0-9-]+ with Retry-After)$/.test(part)),
  },
  {
    name: 'nine in ten of /validate meanwhile',
    expected: `within ${validateMs} ms`,
    run: async (target) => `${Math.ceil(await validateMsDuring(target, flood(target)))} ms`,
    accepts: (got) => Number.parseInt(got, 10) <= validateMs,
  },
]

function describeLogin(answer: Answer): string {
  const isToBeRepeated = answer.status === 429 || answer.status === 503
  if (!isToBeRepeated) return describeAnswer(answer)
  return `${describeAnswer(answer)} ${/^\d+$/.test(answer.headers['retry-after'] ?? '') ? 'with' : 'without'} Retry-After`
}

function count(descriptions: string[]): string {
  const counts = new Map<string, number>()
  for (const description of descriptions) counts.set(description, (counts.get(description) ?? 0) + 1)
  return [...counts].map(([description, times]) => `${times} × ${description}`).join(', ')
}

/** How long nine in ten took at most: of many, one may meet a machine that is busy, which is not the service's fault. */
async function validateMsDuring(target: Target, work: Promise<unknown>): Promise<number> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  // Both ways, so that a failure waits for us to come to it.
  work.then(end, end)
  const authorization = `Bearer ${await target.issuedToken()}`
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times: number[] = []
  try {
    while (!isOver) {
      times.push((await target.validate(authorization, { agent })).ms)
      await sleep(pauseMs)
    }
    await work
  } finally {
    agent.destroy()
  }
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.9) - 1] ?? 0
}
