import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'

/** Serves on `HOST` and `PORT`, and on the Unix socket `SOCKET` where one is named, and answers `GET /readyz`, until SIGTERM. */
export function listen(listener: RequestListener) {
  const serve = () =>
    createServer({ keepAliveTimeout: 75_000 }, (req, res) =>
      req.url === '/readyz' ? void res.end() : listener(req, res),
    )
  serve().listen(Number(process.env.PORT), process.env.HOST)
  // nginx's workers are another user.
  if (process.env.SOCKET) serve().listen({ path: process.env.SOCKET, readableAll: true, writableAll: true })
  process.once('SIGTERM', () => process.exit())
}
