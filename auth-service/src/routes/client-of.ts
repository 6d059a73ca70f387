import type { Request } from 'express'
import type { Client } from '../data/audit-log.js'

const maxUserAgentLength = 256

/** Whose request it is: the address as nginx saw it, without nginx in front the connection's own, and what the client calls itself, and the id
 * of the request. */
export const clientOf = (req: Request): Client => ({
  address: req.get('X-Real-IP') ?? req.socket.remoteAddress ?? 'unknown',
  userAgent: (req.get('User-Agent') ?? '').replace(/\p{Cc}/gu, ' ').slice(0, maxUserAgentLength),
  requestId: req.res?.locals.requestId,
})
