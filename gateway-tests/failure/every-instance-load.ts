import { Agent } from 'node:http'
import type { Stack } from 'local-stack'
import { bearer, send } from '../client/send.js'

type Asked = { what: string; status: number | string }

type EveryInstanceLoadOptions = {
  stack: Pick<Stack, 'url' | 'authServices' | 'apiServices'>
  /** Who logs in, in turn, with alice's password: enough that none of them gets to have too many sessions. */
  usernames: string[]
  /** Logins that are under way at once. */
  concurrency: number
}

/**
 * Logs in again and again, at each auth-service in turn, and shows each token at once to every instance of both services and to the
 * gateway, together with one of those issued before. Each answer is kept; a token that somebody refuses is seen.
 */
export function startEveryInstanceLoad({ stack, usernames, concurrency }: EveryInstanceLoadOptions) {
  const agent = new Agent({ keepAlive: true })
  const tokens: string[] = []
  const asked: Asked[] = []
  let turn = 0
  let stopping = false

  const readers = [
    ...stack.authServices.map(({ name, url }) => ({ name, url, path: '/validate' })),
    ...stack.apiServices.map(({ name, url }) => ({ name, url, path: '/api/v1/user/profile' })),
    { name: 'gateway', url: stack.url, path: '/api/v1/user/profile' },
  ]

  /** Shows a token to everybody; the answers, by who gave them. */
  const show = (token: string) =>
    Promise.all(
      readers.map(async ({ name, url, path }): Promise<Asked> => {
        const status = await send(url, path, { agent, headers: [bearer(token)] }).then(
          (answer) => answer.status,
          (error: NodeJS.ErrnoException) => error.code ?? error.message,
        )
        return { what: name, status }
      }),
    )

  async function logIn(): Promise<string | undefined> {
    const { name = '', url = '' } = stack.authServices[turn % stack.authServices.length] ?? {}
    const username = usernames[turn++ % usernames.length]
    const answer = await send(url, '/login', {
      method: 'POST',
      agent,
      headers: [['Content-Type', 'application/json']],
      body: JSON.stringify({ username, password: 'password123' }),
      timeoutMs: 30_000,
    })
    asked.push({ what: `login at ${name}`, status: answer.status })
    return (JSON.parse(answer.body) as { token?: string }).token
  }

  async function keepAsking() {
    while (!stopping) {
      const token = await logIn()
      if (token === undefined) continue
      const earlier = tokens[Math.floor(Math.random() * tokens.length)] ?? token
      tokens.push(token)
      asked.push(...(await show(token)), ...(await show(earlier)))
    }
  }
  const running = Array.from({ length: concurrency }, keepAsking)

  return {
    /** All tokens that were issued, the first one first. */
    tokens,
    asked,
    show,
    /** Resolves once `count` more tokens were issued and shown. */
    async issued(count: number) {
      const goal = tokens.length + count
      while (tokens.length < goal) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    async stop() {
      stopping = true
      await Promise.all(running)
    },
    close: () => agent.destroy(),
  }
}
