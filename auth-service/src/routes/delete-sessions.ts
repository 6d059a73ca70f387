import type { RequestHandler } from 'express'
import { sessionOf } from '../middleware/authenticate.js'
import type { OwnSessions } from '../services/own-sessions.js'
import { clientOf } from './client-of.js'

/** `DELETE /sessions`, for the bearer of an access token: ends all their own sessions but the one they ask from. */
export function createDeleteSessions(ownSessions: OwnSessions): RequestHandler {
  return async (req, res) => {
    await ownSessions.endOthers(sessionOf(res), clientOf(req))
    res.set('Cache-Control', 'no-store').status(204).end()
  }
}
