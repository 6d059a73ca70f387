import type { RequestHandler } from 'express'
import { sessionOf } from '../middleware/authenticate.js'
import type { OwnSessions } from '../services/own-sessions.js'
import { clientOf } from './client-of.js'

/** `DELETE /sessions/:id`, for the bearer of an access token: ends one of their own sessions, also the one they ask from. */
export function createDeleteSession(ownSessions: OwnSessions): RequestHandler<{ id: string }> {
  return async (req, res) => {
    await ownSessions.endOne(sessionOf(res), req.params.id, clientOf(req))
    res.set('Cache-Control', 'no-store').status(204).end()
  }
}
