import type { RequestListener } from 'node:http'
import type { EndedSessions } from '@auth-stack/ended-sessions'
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
import { createAuthenticate, type JudgeToken } from './middleware/authenticate.js'
import { createDeleteSession } from './routes/delete-session.js'
import { createDeleteSessions } from './routes/delete-sessions.js'
import { createGetJwks } from './routes/get-jwks.js'
import { createGetSessions } from './routes/get-sessions.js'
import { createGetValidate } from './routes/get-validate.js'
import { createLoginMetrics } from './routes/login-metrics.js'
import { createPostLogin } from './routes/post-login.js'
import { createPostLogout } from './routes/post-logout.js'
import { createPostRefresh } from './routes/post-refresh.js'
import { createValidationMetrics } from './routes/validation-metrics.js'
import type { LogIn } from './services/log-in.js'
import type { LogOut } from './services/log-out.js'
import type { OwnSessions } from './services/own-sessions.js'
import type { RefreshSession } from './services/refresh-session.js'

type AppDeps = {
  log: Logger
  health: Health
  metrics: Pick<ServiceMetrics, 'registry' | 'requests' | 'routes'>
  logIn: LogIn
  refreshSession: RefreshSession
  logOut: LogOut
  ownSessions: OwnSessions
  judgeToken: JudgeToken
  endedSessions: Pick<EndedSessions, 'stateOf'>
  readJwks: Parameters<typeof createGetJwks>[0]
}

/** Everything auth-service answers. */
export function createApp(deps: AppDeps): RequestListener {
  const { log, health, metrics, logIn, refreshSession, logOut, ownSessions, judgeToken, endedSessions, readJwks } = deps
  const authenticate = createAuthenticate(judgeToken)
  const app = createHttpApp()
  app.use(health.routes, metrics.routes)
  app.use(requestLog(log, metrics.requests))
  app.post('/login', createPostLogin(logIn, createLoginMetrics(metrics.registry)))
  app.all('/login', refuseOtherMethods('POST'))
  app.post('/refresh', createPostRefresh(refreshSession))
  app.all('/refresh', refuseOtherMethods('POST'))
  app.post('/logout', createPostLogout(logOut, authenticate))
  app.all('/logout', refuseOtherMethods('POST'))
  app.get('/sessions', authenticate, createGetSessions(ownSessions))
  app.delete('/sessions', authenticate, createDeleteSessions(ownSessions))
  app.all('/sessions', refuseOtherMethods('GET, HEAD, DELETE'))
  app.delete('/sessions/:id', authenticate, createDeleteSession(ownSessions))
  app.all('/sessions/:id', refuseOtherMethods('DELETE'))
  app.get('/.well-known/jwks.json', createGetJwks(readJwks))
  app.all('/.well-known/jwks.json', refuseOtherMethods('GET, HEAD'))
  app.use(refuseUnknownPaths, problemHandler(log))

  const getValidate = createGetValidate({
    judgeToken,
    endedSessions,
    log,
    metrics: createValidationMetrics(metrics.registry, metrics.requests),
  })
  return (req, res) => (req.url === '/validate' ? getValidate(req, res) : app(req, res))
}
