import type { RequestHandler } from 'express'
import type { GetProfile } from '../services/get-profile.js'

/** `GET /api/v1/user/profile`: for the bearer of a valid token, who is the user read. */
export function createGetUserProfile(getProfile: GetProfile): RequestHandler {
  return async (_req, res) => {
    const { id, username, role, lastLogin } = await getProfile(res.locals.userId)
    res.set('Cache-Control', 'no-store').json({
      message: 'Profile data fetched successfully',
      data: { id, username, role, lastLogin: lastLogin?.toISOString() ?? null },
      status: 'OK',
    })
  }
}
