import {
  createHttpApp,
  type Health,
  type Logger,
  problemHandler,
  refuseOtherMethods,
  refuseUnknownPaths,
  requestLog,
} from '@auth-stack/service-kit'
import type { Express, RequestHandler } from 'express'
import { createGetUserProfile } from './routes/get-user-profile.js'
import type { GetProfile } from './services/get-profile.js'

type AppDeps = { log: Logger; health: Health; authenticate: RequestHandler; getProfile: GetProfile }

/** Everything api-service answers. What is under /api/v1 needs a token, also where there is nothing. */
export function createApp({ log, health, authenticate, getProfile }: AppDeps): Express {
  const app = createHttpApp()
  app.use(health.routes)
  app.use(requestLog(log))
  app.use('/api/v1', authenticate)
  app.get('/api/v1/user/profile', createGetUserProfile(getProfile))
  app.all('/api/v1/user/profile', refuseOtherMethods('GET, HEAD'))
  app.use(refuseUnknownPaths, problemHandler(log))
  return app
}
