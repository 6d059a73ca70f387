import { toProblem } from '@auth-stack/service-kit'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { LogIn } from '../services/log-in.js'
import { clientOf } from './client-of.js'
import { jsonObject, parseBody, readJson, text } from './json-body.js'
import type { LoginMetrics } from './login-metrics.js'

const maxBodyBytes = 4096

const loginRequest = jsonObject({
  username: text('username').max(64, 'username is longer than 64 characters'),
  // bcrypt reads 72 bytes and ignores the rest, so a longer password is refused rather than cut.
  password: text('password').refine((value) => Buffer.byteLength(value) <= 72, 'password is longer than 72 bytes'),
})

/** `POST /login`: open to everyone; trades a username and a password for a pair of tokens. */
export function createPostLogin(logIn: LogIn, metrics: LoginMetrics): (RequestHandler | ErrorRequestHandler)[] {
  const answerLogin: RequestHandler = async (req, res) => {
    const { username, password } = parseBody(loginRequest, req.body)
    const leaving = new AbortController()
    // An abort has its price, which a login that was answered need not pay.
    res.once('close', () => res.writableFinished || leaving.abort())
    const answer = await logIn(username, password, clientOf(req), leaving.signal)
    metrics.ended('ok')
    res.set('Cache-Control', 'no-store').json(answer)
  }

  const countFailure: ErrorRequestHandler = (error: unknown, _req, _res, next) => {
    metrics.ended(toProblem(error).code)
    next(error)
  }

  return [...readJson(maxBodyBytes), answerLogin, countFailure]
}
