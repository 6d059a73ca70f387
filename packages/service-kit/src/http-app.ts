import express, { type Express } from 'express'

/**
 * An Express application without its surprises: paths match exactly as nginx matches them (case and trailing slash count), no
 * version banner, no entity tags (a 304 would be a surprise behind auth_request).
 */
export function createHttpApp(): Express {
  const app = express()
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.disable('x-powered-by')
  app.disable('etag')
  return app
}
