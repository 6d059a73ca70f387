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
}

/** Everything auth-service answers. */
export function createApp({ log, health, metrics, logIn, judgeToken, endedSessions }: AppDeps): RequestListener {
  const app = createHttpApp()
  app.use(health.routes, metrics.routes)
  app.use(requestLog(log, metrics.requests))
  app.post('/login', createPostLogin(logIn, createLoginMetrics(metrics.registry)))
  app.all('/login', refuseOtherMethods('POST'))
  app.use(refuseUnknownPaths, problemHandler(log))

  const getValidate = createGetValidate({
    judgeToken,
    endedSessions,
    log,
    metrics: createValidationMetrics(metrics.registry, metrics.requests),
  })
  return (req, res) => (req.url === '/validate' ? getValidate(req, res) : app(req, res))
}
