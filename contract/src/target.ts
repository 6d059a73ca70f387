import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Asked, ask } from './ask.js'
import { CannotCheck } from './check.js'
import { describeAnswer, jsonObject } from './describe-answer.js'

type TargetOptions = {
  url: URL
  /** Of somebody who can log in. */
  username: string
  password: string
}

/** The service that is checked, and what checks need of it again and again. */
export function createTarget({ url, username, password }: TargetOptions) {
  let firstLogin: Promise<Answer> | undefined

  const target = {
    username,
    password,
    ask: (asked: Asked) => ask(url, asked),

    logIn: (body: unknown, more: Partial<Asked> = {}) =>
      ask(url, {
        method: 'POST',
        path: '/login',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...more,
        headers: { 'Content-Type': 'application/json', ...more.headers },
      }),

    /** Asks /validate about this `Authorization` header, or about none. */
    validate: (authorization: string | undefined, more: Partial<Asked> = {}) =>
      ask(url, {
        path: '/validate',
        ...more,
        headers: { ...(authorization !== undefined && { Authorization: authorization }), ...more.headers },
      }),

    /** The answer to the right password; the same one for all who ask, so that few logins are needed. */
    successfulLogin: () => {
      firstLogin ??= target.logIn({ username, password })
      return firstLogin
    },

    /** A token that the service itself issued. */
    async issuedToken(): Promise<string> {
      const answer = await target.successfulLogin()
      const token = jsonObject(answer)?.token
      if (typeof token !== 'string') throw new CannotCheck(`no token from /login (${describeAnswer(answer)})`)
      return token
    },

    /** Seconds since the epoch by the service's clock, or by ours when it shows none. */
    async secondsThere(agent?: Agent): Promise<number> {
      const { headers } = await ask(url, { path: '/livez', ...(agent && { agent }) })
      return Math.floor((Date.parse(headers.date ?? '') || Date.now()) / 1000)
    },

    /** Waits for the service's clock to begin a second, and says which. */
    async nextSecond(): Promise<number> {
      const agent = new Agent({ keepAlive: true })
      try {
        const before = await target.secondsThere(agent)
        const deadline = performance.now() + 3000
        while (performance.now() < deadline) {
          await sleep(10)
          const now = await target.secondsThere(agent)
          if (now !== before) return now
        }
        throw new CannotCheck('the Date of its answers stands still')
      } finally {
        agent.destroy()
      }
    },
  }
  return target
}

export type Target = ReturnType<typeof createTarget>
