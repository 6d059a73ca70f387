import type { RequestHandler } from 'express'
import { sessionOf } from '../middleware/authenticate.js'
import type { OwnSessions } from '../services/own-sessions.js'

/** `GET /sessions`, for the bearer of an access token: their own sessions. */
export function createGetSessions(ownSessions: OwnSessions): RequestHandler {
  return async (_req, res) => {
    const sessions = await ownSessions.list(sessionOf(res))
    res.set('Cache-Control', 'no-store').json({ sessions })
  }
}
