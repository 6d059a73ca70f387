import type { RequestHandler } from 'express'
import { sessionOf } from '../middleware/authenticate.js'
import type { LogOut } from '../services/log-out.js'
import { clientOf } from './client-of.js'
import { jsonObject, parseBody } from './json-body.js'
import { readRefreshTokenBody, refreshToken } from './refresh-token-body.js'

const logoutRequest = jsonObject({ refreshToken: refreshToken.optional() })

/** `POST /logout`: ends the session of the refresh token in the body or, when there is none, that of the access token. */
export function createPostLogout(logOut: LogOut, authenticate: RequestHandler): RequestHandler[] {
  const byRefreshToken: RequestHandler = async (req, res, next) => {
    const { refreshToken } = parseBody(logoutRequest, req.body ?? {})
    if (refreshToken === undefined) return next()
    await logOut.byRefreshToken(refreshToken, clientOf(req))
    res.set('Cache-Control', 'no-store').status(204).end()
  }

  const byAccessToken: RequestHandler = async (req, res) => {
    await logOut.byAccessToken(sessionOf(res), clientOf(req))
    res.set('Cache-Control', 'no-store').status(204).end()
  }

  return [...readRefreshTokenBody, byRefreshToken, authenticate, byAccessToken]
}
