import type { RequestListener } from 'node:http'
import {
  createHttpApp,
  type Health,
  type Logger,
  problemHandler,
  refuseOtherMethods,
  refuseUnknownPaths,
  requestLog,
} from '@auth-stack/service-kit'
import { createGetValidate } from './routes/get-validate.js'
import { createPostLogin } from './routes/post-login.js'
import type { LogIn } from './services/log-in.js'

type AppDeps = {
  log: Logger
  health: Health
  logIn: LogIn
  judgeToken: Parameters<typeof createGetValidate>[0]['judgeToken']
}

/** Everything auth-service answers. */
export function createApp({ log, health, logIn, judgeToken }: AppDeps): RequestListener {
  const app = createHttpApp()
  app.use(health.routes)
  app.use(requestLog(log))
  app.post('/login', createPostLogin(logIn))
  app.all('/login', refuseOtherMethods('POST'))
  app.use(refuseUnknownPaths, problemHandler(log))

  const getValidate = createGetValidate({ judgeToken, log })
  return (req, res) => (req.url === '/validate' ? getValidate(req, res) : app(req, res))
}
