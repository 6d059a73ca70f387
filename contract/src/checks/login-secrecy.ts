import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import type { Answer } from '../ask.js'
import { CannotCheck, type Check } from '../check.js'
import { describeAnswer, jsonObject } from '../describe-answer.js'
import type { Target } from '../target.js'

const pairsARound = 7
const rounds = 4
const lowestRatio = 0.7
const highestRatio = 1.4

const wrongPassword = 'not-the-password'
const unknownName = () => `nobody-${randomUUID()}`

/** Nobody may learn from an answer, or from how long it took, which names exist. */
export const loginSecrecyChecks: Check[] = [
  {
    name: 'an unknown name is told what a wrong password is told',
    expected: 'the same',
    async run(target) {
      const known = await target.logIn({ username: target.username, password: wrongPassword })
      const unknown = await target.logIn({ username: unknownName(), password: wrongPassword })
      return difference(known, unknown) ?? 'the same'
    },
  },
  {
    name: 'and takes as long',
    expected: `${lowestRatio} to ${highestRatio} times`,
    run: async (target) => `${(await ratioOfTimes(target)).toFixed(2)} times`,
    accepts: (got) => isInBounds(Number.parseFloat(got)),
  },
]

/** Which member or header two answers differ in, apart from those that are another each time. */
function difference(one: Answer, other: Answer): string | undefined {
  const comparable = (answer: Answer) => {
    const { 'x-request-id': _id, date: _date, ...headers } = answer.headers
    return { status: answer.status, ...headers, ...jsonObject(answer), requestId: '' } as Record<string, unknown>
  }
  const [left, right] = [comparable(one), comparable(other)]
  const name = [...new Set([...Object.keys(left), ...Object.keys(right)])].find(
    (member) => JSON.stringify(left[member]) !== JSON.stringify(right[member]),
  )
  return name && `${name}: ${JSON.stringify(left[name])} and ${JSON.stringify(right[name])}`
}

const isInBounds = (ratio: number) => ratio >= lowestRatio && ratio <= highestRatio

/** The median for unknown names over that for a wrong password. A machine that is busy is given more rounds to come out even. */
async function ratioOfTimes(target: Target): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const known: number[] = []
  const unknown: number[] = []
  const time = async (username: string) => {
    const answer = await target.logIn({ username, password: wrongPassword }, { agent })
    if (answer.status === 429 || answer.status >= 500) throw new CannotCheck(describeAnswer(answer))
    return answer.ms
  }
  try {
    // The first one opens the connections, ours and the one to the database.
    await time(target.username)
    for (let round = 0; round < rounds; round++) {
      // Forgets the failures so far, with a service that counts them.
      await target.logIn({ username: target.username, password: target.password }, { agent })
      for (let pair = 0; pair < pairsARound; pair++) {
        known.push(await time(target.username))
        unknown.push(await time(unknownName()))
      }
      if (isInBounds(median(unknown) / median(known))) break
    }
  } finally {
    agent.destroy()
    await target.logIn({ username: target.username, password: target.password })
  }
  return median(unknown) / median(known)
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
