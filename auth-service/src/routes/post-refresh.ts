import type { RequestHandler } from 'express'
import type { RefreshSession } from '../services/refresh-session.js'
import { clientOf } from './client-of.js'
import { jsonObject, parseBody } from './json-body.js'
import { readRefreshTokenBody, refreshToken } from './refresh-token-body.js'

const refreshRequest = jsonObject({ refreshToken })

/** `POST /refresh`: open to whoever has a refresh token; trades it for a new pair of tokens. */
export function createPostRefresh(refreshSession: RefreshSession): RequestHandler[] {
  const answerRefresh: RequestHandler = async (req, res) => {
    const { refreshToken } = parseBody(refreshRequest, req.body)
    const answer = await refreshSession(refreshToken, clientOf(req))
    res.set('Cache-Control', 'no-store').json(answer)
  }

  return [...readRefreshTokenBody, answerRefresh]
}
