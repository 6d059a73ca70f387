import { send } from './send.js'

const passwords = { alice: 'password123', bob: 'securepass456', admin: 'adminpass789' }
export type DemoUser = keyof typeof passwords

const known = new Map<string, Promise<string>>()

/** An access token of a demo user, from `POST /login` once and then kept: it lives for minutes, a test file for seconds. */
export function tokenOf(user: DemoUser, baseUrl: string): Promise<string> {
  const key = `${user} ${baseUrl}`
  const token = known.get(key) ?? logIn(user, baseUrl)
  known.set(key, token)
  return token
}

async function logIn(user: DemoUser, baseUrl: string): Promise<string> {
  const body = JSON.stringify({ username: user, password: passwords[user] })
  const answer = await send(baseUrl, '/login', {
    method: 'POST',
    headers: [['Content-Type', 'application/json']],
    body,
  })
  if (answer.status !== 200) throw new Error(`${user} cannot log in: ${answer.status} ${answer.body}`)
  return (JSON.parse(answer.body) as { token: string }).token
}
