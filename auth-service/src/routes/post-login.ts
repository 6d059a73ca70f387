import { invalidRequest, toProblem, unsupportedMediaType } from '@auth-stack/service-kit'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import { z } from 'zod'
import type { LogIn } from '../services/log-in.js'
import type { LoginMetrics } from './login-metrics.js'

const maxBodyBytes = 4096

const text = (name: string) =>
  z
    .string({ error: (issue) => `${name} ${issue.input === undefined ? 'is missing' : 'must be a string'}` })
    .min(1, `${name} is empty`)
    .refine((value) => !value.includes('\0'), `${name} contains a NUL`)

const loginRequest = z.object(
  {
    username: text('username').max(64, 'username is longer than 64 characters'),
    // bcrypt reads 72 bytes and ignores the rest, so a longer password is refused rather than cut.
    password: text('password').refine((value) => Buffer.byteLength(value) <= 72, 'password is longer than 72 bytes'),
  },
  { error: 'The body is not a JSON object' },
)

/** `POST /login`: open to everyone; trades a username and a password for an access token. */
export function createPostLogin(logIn: LogIn, metrics: LoginMetrics): (RequestHandler | ErrorRequestHandler)[] {
  const answerLogin: RequestHandler = async (req, res) => {
    const { username, password } = parseLogin(req.body)
    const leaving = new AbortController()
    res.once('close', () => leaving.abort())
    const answer = await logIn(username, password, {
      address: addressOf(req),
      signal: leaving.signal,
      requestId: res.locals.requestId,
    })
    metrics.ended('ok')
    res.set('Cache-Control', 'no-store').json(answer)
  }

  const countFailure: ErrorRequestHandler = (error: unknown, _req, _res, next) => {
    metrics.ended(toProblem(error).code)
    next(error)
  }

  return [requireJson, express.json({ limit: maxBodyBytes, inflate: false }), answerLogin, countFailure]
}

const requireJson: RequestHandler = (req, _res, next) => {
  // `is` answers null for a request without a body, which is then refused for what it lacks.
  if (req.is('application/json') === false) throw unsupportedMediaType()
  next()
}

function parseLogin(body: unknown) {
  const parsed = loginRequest.safeParse(body)
  if (!parsed.success) throw invalidRequest(parsed.error.issues.map((issue) => issue.message).join('; '))
  return parsed.data
}

/** The client's address as nginx saw it; without nginx in front, the connection's own. */
const addressOf = (req: Request) => req.get('X-Real-IP') ?? req.socket.remoteAddress ?? 'unknown'
