import { type AccessTokenClaims, parseBearer, type Verdict } from '@auth-stack/access-token'
import { Problem } from '@auth-stack/service-kit'
import type { RequestHandler, Response } from 'express'
import { isSessionId, type SessionOfUser } from '../data/session-repository.js'
import { unauthorized } from '../services/unauthorized.js'

/** Rejects when it cannot be said. */
export type JudgeToken = (token: string) => Promise<Verdict<AccessTokenClaims>>

/** The token is good, and names no session that could be shown or ended. */
const noSession = () => new Problem(403, 'no-session', 'This token belongs to no session; log in again')

// All of 18 digits fit a Postgres bigint.
const userId = /^[1-9][0-9]{0,17}$/

/**
 * Puts the session of a good access token in `res.locals`, for `sessionOf`. Throws `unauthorized`, `noSession` or what `judgeToken` rejects
 * with.
 */
export function createAuthenticate(judgeToken: JudgeToken): RequestHandler {
  return async (req, res, next) => {
    const bearer = parseBearer(req.headers.authorization)
    if (!bearer.ok) throw unauthorized(bearer.refusal)
    const verdict = await judgeToken(bearer.token)
    if (!verdict.ok) throw unauthorized(verdict.refusal)
    const { sid, sub } = verdict.claims
    if (sid === undefined || !isSessionId(sid) || !userId.test(sub)) throw noSession()
    res.locals.session = { sessionId: sid, userId: sub } satisfies SessionOfUser
    next()
  }
}

/** Who asks, after `createAuthenticate`. */
export const sessionOf = (res: Response): SessionOfUser => res.locals.session
