import { isIP } from 'node:net'
import type { Request } from 'express'
import type { Client } from '../data/audit-log.js'

const maxUserAgentLength = 256

/** Whose request it is. The address is what nginx saw; when it says none, that of the connection. */
export function clientOf(req: Request): Client {
  const realIp = req.get('X-Real-IP') ?? ''
  return {
    address: isIP(realIp) ? realIp : (req.socket.remoteAddress ?? 'unknown'),
    userAgent: (req.get('User-Agent') ?? '').replace(/\p{Cc}/gu, ' ').slice(0, maxUserAgentLength),
    requestId: req.res?.locals.requestId,
  }
}
