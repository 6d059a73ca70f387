import {
  createHttpApp,
  type Health,
  type Logger,
  problemHandler,
  refuseOtherMethods,
  refuseUnknownPaths,
  requestLog,
  type ServiceMetrics,
} from '@auth-stack/service-kit'
import type { Express, RequestHandler } from 'express'
import { createGetUserProfile } from './routes/get-user-profile.js'
import type { GetProfile } from './services/get-profile.js'

type AppDeps = {
  log: Logger
  health: Health
  metrics: Pick<ServiceMetrics, 'requests' | 'routes'>
  authenticate: RequestHandler
  getProfile: GetProfile
}

/** Everything api-service answers. What is under /api/v1 needs a token, also where there is nothing. */
export function createApp({ log, health, metrics, authenticate, getProfile }: AppDeps): Express {
  const app = createHttpApp()
  app.use(health.routes, metrics.routes)
  app.use(requestLog(log, metrics.requests))
  app.use('/api/v1', authenticate)
  app.get('/api/v1/user/profile', createGetUserProfile(getProfile))
  app.all('/api/v1/user/profile', refuseOtherMethods('GET, HEAD'))
  app.use(refuseUnknownPaths, problemHandler(log))
  return app
}
