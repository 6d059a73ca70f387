import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'

/** Serves on `HOST` and `PORT`, and answers `GET /readyz`, until SIGTERM. */
export function listen(listener: RequestListener) {
  const server = createServer({ keepAliveTimeout: 75_000 }, (req, res) =>
    req.url === '/readyz' ? void res.end() : listener(req, res),
  )
  server.listen(Number(process.env.PORT), process.env.HOST)
  process.once('SIGTERM', () => process.exit())
}
