import type { Answer } from '../ask.js'
import { CannotCheck } from '../check.js'
import { describeAnswer, jsonObject } from '../describe-answer.js'
import type { Target } from '../target.js'

/** What a login or a refresh gave. */
export type Session = { token: string; refreshToken: string; claims: Record<string, unknown> }

/** A session of its own, for a check that will spend or end it. */
export async function openSession(target: Target): Promise<Session> {
  return readSession(await target.logIn({ username: target.username, password: target.password }))
}

/** Throws CannotCheck when there is no pair of tokens in it. */
export function readSession(answer: Answer): Session {
  const { token, refreshToken } = jsonObject(answer) ?? {}
  if (answer.status !== 200 || typeof token !== 'string' || typeof refreshToken !== 'string') {
    throw new CannotCheck(`no pair of tokens (${describeAnswer(answer)})`)
  }
  const claims = jsonObject({ body: Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() })
  if (!claims) throw new CannotCheck('a token that is no JWT')
  return { token, refreshToken, claims }
}

/** Sends a JSON body, or the text of one. */
export const postJson = (target: Target, path: string, body: unknown, headers: Record<string, string> = {}) =>
  target.ask({
    method: 'POST',
    path,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })

export const refresh = (target: Target, refreshToken: string) => postJson(target, '/refresh', { refreshToken })

export const bearer = ({ token }: Pick<Session, 'token'>) => ({ Authorization: `Bearer ${token}` })

/** Whether the session can still be renewed; spends its token. */
export const renewal = async (target: Target, { refreshToken }: Session) =>
  describeAnswer(await refresh(target, refreshToken))
