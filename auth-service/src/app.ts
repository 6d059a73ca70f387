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
import { createGetJwks } from './routes/get-jwks.js'
import { createGetValidate } from './routes/get-validate.js'
import { createLoginMetrics } from './routes/login-metrics.js'
import { createPostLogin } from './routes/post-login.js'
import { createValidationMetrics } from './routes/validation-metrics.js'
import type { LogIn } from './services/log-in.js'

type AppDeps = {
  log: Logger
  health: Health
  metrics: Pick<ServiceMetrics, 'registry' | 'requests' | 'routes'>
  logIn: LogIn
  judgeToken: Parameters<typeof createGetValidate>[0]['judgeToken']
  endedSessions: Pick<EndedSessions, 'stateOf'>
  readJwks: Parameters<typeof createGetJwks>[0]
}

/** Everything auth-service answers. */
export function createApp(deps: AppDeps): RequestListener {
  const { log, health, metrics, logIn, judgeToken, endedSessions, readJwks } = deps
  const app = createHttpApp()
  app.use(health.routes, metrics.routes)
  app.use(requestLog(log, metrics.requests))
  app.post('/login', createPostLogin(logIn, createLoginMetrics(metrics.registry)))
  app.all('/login', refuseOtherMethods('POST'))
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
