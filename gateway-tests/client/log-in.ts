import { type Answer, send } from './send.js'

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

/** Asks for a token as this user, with the right password. */
export const sendLogin = (baseUrl: string, user: DemoUser = 'alice'): Promise<Answer> =>
  send(baseUrl, '/login', {
    method: 'POST',
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify({ username: user, password: passwords[user] }),
    // As long as the gateway gives it, and a little.
    timeoutMs: 20_000,
  })

/** `POST` of a refresh token, to `/refresh` or `/logout`. */
export const sendRefreshToken = (
  baseUrl: string,
  path: '/refresh' | '/logout',
  refreshToken: string,
): Promise<Answer> =>
  send(baseUrl, path, {
    method: 'POST',
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify({ refreshToken }),
    timeoutMs: 20_000,
  })

const logIn = async (user: DemoUser, baseUrl: string) => (await openSession(user, baseUrl)).token

/** Logs a demo user in, anew. */
export async function openSession(user: DemoUser, baseUrl: string) {
  const answer = await sendLogin(baseUrl, user)
  if (answer.status !== 200) throw new Error(`${user} cannot log in: ${answer.status} ${answer.body}`)
  const { token, refreshToken } = JSON.parse(answer.body) as { token: string; refreshToken: string }
  const [, claims = ''] = token.split('.')
  const { sid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sid: string }
  return { token, refreshToken, sessionId: sid }
}
