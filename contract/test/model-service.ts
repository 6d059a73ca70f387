import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  bearerChallenge,
  decodeCompactJws,
  judgeToken,
  parseBearer,
  type Refusal,
  refusalCode,
  tokenAudience,
  tokenIssuer,
  type VerifySignature,
} from '@auth-stack/access-token'
import { handMadeToken, hs256Header } from '@auth-stack/token-vectors'
import { createModelSessions } from './model-sessions.js'

export const signingKey = Buffer.from('a key for tests, of 32 bytes or more')
export const alice = { username: 'alice', password: 'password123' }

export type Reply = { status: number; headers: Record<string, string>; body: string }
export type Request = { method: string; path: string; headers: IncomingMessage['headers']; body: string }
type Claims = Record<string, unknown>
export type Judge = (token: string, nowSeconds: number) => Refusal | null

/** In what a service differs from the contract; each part gets what the contract says and returns what is done instead. */
export type Deviation = {
  judge?: (token: string, nowSeconds: number, right: Judge) => Refusal | null
  claims?: (right: Claims) => Claims
  /** After `claims`, in the token of a refresh. */
  refreshClaims?: (right: Claims) => Claims
  /** Whether a logout, and whatever else should, ends a session; true when not said. */
  endsSessions?: boolean
  /** Whether what ends all other sessions ends the one that asks as well. */
  endsAll?: boolean
  /** Milliseconds that checking a password takes. */
  hashMs?: (right: number, username: string) => number
  /** Milliseconds that /validate takes. */
  validateMs?: (loginsRunning: number) => number
  reply?: (right: Reply, request: Request) => Reply
}

const hashMs = 25
const maxLogins = 40
const accessTokenSeconds = 900

/** An auth service as small as can be, which keeps the contract but for one deviation. Passwords are compared by sleeping. */
export async function startModelService(deviation: Deviation = {}) {
  let loginsRunning = 0
  const sessions = createModelSessions({ ends: deviation.endsSessions ?? true })
  const server = createServer(async (req, res) => {
    const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body: await bodyOf(req) }
    const right = await answer(request)
    const { status, headers, body } = deviation.reply?.(right, request) ?? right
    res.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function answer(request: Request): Promise<Reply> {
    const { method, path } = request
    if (path === '/validate') return validate(request)
    if (['/livez', '/readyz', '/healthz'].includes(path)) return json(200, { status: 'OK' })
    if (path === '/.well-known/jwks.json') {
      return json(200, { keys: [] }, { 'Cache-Control': 'public, max-age=300' })
    }
    const requestId = requestIdOf(request)
    const refuse = problemsOf(requestId)
    if (path === '/refresh') return refresh(request, requestId, refuse)
    if (path === '/logout') return logOut(request, refuse)
    if (path.startsWith('/sessions')) return ownSessions(request, refuse)
    if (path !== '/login') return refuse(404, 'not-found')
    if (method !== 'POST') return refuse(405, 'method-not-allowed', { Allow: 'POST' })
    if (loginsRunning >= maxLogins) return refuse(503, 'overloaded', { 'Retry-After': '2' })
    loginsRunning++
    try {
      return await logIn(request, requestId, refuse)
    } finally {
      loginsRunning--
    }
  }

  async function logIn({ headers, body }: Request, requestId: string, refuse: ReturnType<typeof problemsOf>) {
    const wrong = whyUnread({ headers, body }, 4096)
    if (wrong) return refuse(...wrong)
    const login = readLogin(body)
    if (!login) return refuse(400, 'invalid-request')
    await sleep(deviation.hashMs?.(hashMs, login.username) ?? hashMs)
    if (login.username !== alice.username || login.password !== alice.password) return refuse(401, 'bad-credentials')
    return tokenPair(sessions.open(), requestId)
  }

  function tokenPair({ sid, refreshToken }: { sid: string; refreshToken: string }, requestId: string, change = same) {
    const iat = Math.floor(Date.now() / 1000)
    const exp = iat + accessTokenSeconds
    const right = { iss: tokenIssuer, aud: tokenAudience, sub: '1', iat, exp, jti: randomUUID(), sid }
    const claims = change(deviation.claims?.(right) ?? right)
    const token = handMadeToken(hs256Header, claims, { key: signingKey })
    return json(
      200,
      { token, tokenType: 'Bearer', expiresIn: accessTokenSeconds, refreshToken, refreshExpiresIn: 2_592_000 },
      { 'Cache-Control': 'no-store', 'X-Request-Id': requestId },
    )
  }

  function refresh({ method, headers, body }: Request, requestId: string, refuse: ReturnType<typeof problemsOf>) {
    if (method !== 'POST') return refuse(405, 'method-not-allowed', { Allow: 'POST' })
    const wrong = whyUnread({ headers, body }, 1024)
    if (wrong) return refuse(...wrong)
    const refreshToken = readRefreshToken(body)
    if (!refreshToken) return refuse(400, 'invalid-request')
    const renewed = sessions.refresh(refreshToken)
    return renewed ? tokenPair(renewed, requestId, deviation.refreshClaims) : refuse(401, 'invalid-refresh-token')
  }

  function logOut({ method, headers, body }: Request, refuse: ReturnType<typeof problemsOf>): Reply {
    if (method !== 'POST') return refuse(405, 'method-not-allowed', { Allow: 'POST' })
    if (body) {
      const refreshToken = readRefreshToken(body)
      if (!refreshToken) return refuse(400, 'invalid-request')
      sessions.endByRefreshToken(refreshToken)
      return done
    }
    const asking = whoAsks(headers.authorization)
    if ('refusal' in asking) return refuse(...asking.refusal)
    sessions.endById(asking.sid)
    return done
  }

  function ownSessions({ method, path, headers }: Request, refuse: ReturnType<typeof problemsOf>): Reply {
    if (method === 'POST') return refuse(405, 'method-not-allowed', { Allow: 'GET, HEAD, DELETE' })
    const asking = whoAsks(headers.authorization)
    if ('refusal' in asking) return refuse(...asking.refusal)
    if (!sessions.isLive(asking.sid)) return refuse(401, 'invalid-token')
    if (method === 'GET') {
      return json(200, { sessions: sessions.list(asking.sid) }, { 'Cache-Control': 'no-store' })
    }
    const [, , id] = path.split('/')
    if (id === undefined) sessions.endOthers(deviation.endsAll ? undefined : asking.sid)
    else if (!sessions.endById(id)) return refuse(404, 'not-found')
    return done
  }

  /** What is decided of the token in this header, or of its absence. */
  function refusalOf(authorization: string | undefined): Refusal | null {
    const bearer = parseBearer(authorization)
    if (!bearer.ok) return bearer.refusal
    const now = Math.floor(Date.now() / 1000)
    const sid = decodeCompactJws(bearer.token)?.payload.sid
    if (sessions.hasEnded(sid)) return 'session-ended'
    return deviation.judge ? deviation.judge(bearer.token, now, judge) : judge(bearer.token, now)
  }

  /** The session of an access token, or why it is refused. */
  function whoAsks(authorization: string | undefined): { sid: string } | { refusal: Refused } {
    const refusal = refusalOf(authorization)
    if (refusal) return { refusal: [401, refusalCode(refusal), { 'WWW-Authenticate': bearerChallenge(refusal) }] }
    const sid = decodeCompactJws(authorization?.split(' ').at(-1) ?? '')?.payload.sid
    return sid ? { sid: String(sid) } : { refusal: [403, 'no-session'] }
  }

  async function validate({ headers }: Request): Promise<Reply> {
    if (deviation.validateMs) await sleep(deviation.validateMs(loginsRunning))
    const refusal = refusalOf(headers.authorization)
    if (!refusal) return { status: 200, headers: { 'Content-Length': '0' }, body: '' }
    const told = { 'WWW-Authenticate': bearerChallenge(refusal), 'X-Validate-Error': refusalCode(refusal) }
    return { status: 401, headers: { 'Content-Length': '0', ...told }, body: '' }
  }

  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What the contract says of a token. */
const judge: Judge = (token, nowSeconds) => {
  const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 }
  const verdict = judgeToken(token, verifySignature, policy, nowSeconds)
  return verdict.ok ? null : verdict.refusal
}

const verifySignature: VerifySignature = (token, { alg }) => {
  if (alg !== 'HS256') return 'wrong-algorithm'
  return isSignedByUs(token) ? null : 'bad-signature'
}

export function isSignedByUs(token: string): boolean {
  const signed = token.slice(0, token.lastIndexOf('.'))
  return token === `${signed}.${createHmac('sha256', signingKey).update(signed).digest('base64url')}`
}

const done: Reply = { status: 204, headers: { 'Cache-Control': 'no-store' }, body: '' }
const same = (claims: Claims) => claims

type Refused = [status: number, code: string, headers?: Record<string, string>]

/** Why a body is not even looked into. */
function whyUnread({ headers, body }: Pick<Request, 'headers' | 'body'>, maxBytes: number): Refused | undefined {
  const type = headers['content-type']?.split(';')[0]
  if (type !== 'application/json' || headers['content-encoding']) return [415, 'unsupported-media-type']
  return body.length > maxBytes ? [413, 'content-too-large'] : undefined
}

function readRefreshToken(body: string): string | undefined {
  try {
    const { refreshToken } = JSON.parse(body)
    return typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined
  } catch {
    return undefined
  }
}

function readLogin(body: string): typeof alice | undefined {
  try {
    const { username, password } = JSON.parse(body)
    const isText = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\0')
    const fits = isText(username) && username.length <= 64 && isText(password) && Buffer.byteLength(password) <= 72
    return fits ? { username, password } : undefined
  } catch {
    return undefined
  }
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function requestIdOf({ headers }: Request): string {
  const given = String(headers['x-request-id'])
  return headers['x-request-id'] && /^[A-Za-z0-9-]{8,64}$/.test(given) ? given : randomUUID()
}

const problemsOf =
  (requestId: string) =>
  (status: number, code: string, headers: Record<string, string> = {}): Reply =>
    json(
      status,
      { type: 'about:blank', title: code, status, code, requestId },
      {
        'Cache-Control': 'no-store',
        'X-Request-Id': requestId,
        'Content-Type': 'application/problem+json',
        ...headers,
      },
    )

const json = (status: number, body: object, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
