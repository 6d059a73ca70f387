import { fileURLToPath } from 'node:url'
import type { BreakableStack } from './breakable-stack.js'

/** What a client may do, and what the rows say about each. */
export const acts = ['protected', 'without a token', 'login', 'refresh', 'logout'] as const
export type Act = (typeof acts)[number]

export type FailureMode = {
  name: string
  /** Breaks it, and returns how to mend it; where to ask, if not at the stack's own gateway. */
  break: (stack: BreakableStack) => Promise<(() => Promise<unknown>) | { url: string; mend: () => Promise<unknown> }>
  /** The statuses a client may see while it is broken. */
  seen: Record<Act, number[]>
  /** After it is mended, everything is answered well again within so many seconds. */
  backWithinSeconds: number
}

const fine = { protected: [200], 'without a token': [401], login: [200], refresh: [200], logout: [204] }
const nothing = { protected: [503], 'without a token': [503], login: [503], refresh: [503], logout: [503] }
const noDatabase = { ...nothing, 'without a token': [401] }
/** A script that is loaded before a service and sets its clock wrong by so many seconds. */
export const wrongClock = (seconds: number) => ({
  env: {
    NODE_OPTIONS: `--require ${fileURLToPath(new URL('./wrong-clock.cjs', import.meta.url))}`,
    CLOCK_WRONG_BY_SECONDS: String(seconds),
  },
})

/** Every way for a part to fail, and what it does to clients. docs/failure-modes.md is written from it. */
export const failureModes: FailureMode[] = [
  {
    name: 'Postgres is stopped',
    break: (stack) => stack.stopPostgres(),
    seen: noDatabase,
    backWithinSeconds: 5,
  },
  {
    name: 'Postgres is frozen',
    break: (stack) => stack.freezePostgres(),
    seen: noDatabase,
    backWithinSeconds: 5,
  },
  {
    name: 'Postgres was restarted',
    break: (stack) => stack.restartPostgres(),
    seen: { ...fine, protected: [200, 503], login: [200, 503], refresh: [200, 503], logout: [204, 503] },
    backWithinSeconds: 5,
  },
  {
    name: 'Postgres has no connection left for auth-service',
    break: (stack) => stack.refuseConnections('auth_service'),
    seen: { ...fine, login: [503], refresh: [503], logout: [503] },
    backWithinSeconds: 5,
  },
  {
    name: 'Postgres has no connection left for api-service',
    break: (stack) => stack.refuseConnections('api_service'),
    seen: { ...fine, protected: [503] },
    backWithinSeconds: 5,
  },
  {
    name: 'Postgres answers nothing about users (a lock)',
    break: (stack) => stack.lockUsers(),
    // Refreshes and logouts too: their rows of the audit log have the name of the user.
    seen: noDatabase,
    backWithinSeconds: 5,
  },
  {
    name: 'one auth-service of two is stopped',
    break: (stack) => stack.stopOneAuth(),
    seen: fine,
    backWithinSeconds: 5,
  },
  {
    name: 'one auth-service of two is frozen',
    break: (stack) => stack.freezeOneAuth(),
    // What the frozen one was given waits for it and is not sent elsewhere, because it may have been done.
    seen: { ...fine, login: [200, 503], refresh: [200, 503], logout: [204, 503] },
    backWithinSeconds: 5,
  },
  {
    name: 'all auth-services are stopped',
    break: (stack) => stack.stopAuth(),
    seen: nothing,
    backWithinSeconds: 10,
  },
  {
    name: 'all auth-services are frozen',
    break: (stack) => stack.freezeAuth(),
    seen: nothing,
    backWithinSeconds: 10,
  },
  {
    name: 'all api-services are stopped',
    break: (stack) => stack.stopApi(),
    seen: { ...fine, protected: [503] },
    backWithinSeconds: 10,
  },
  {
    name: 'all api-services are frozen',
    break: (stack) => stack.freezeApi(),
    seen: { ...fine, protected: [503] },
    backWithinSeconds: 10,
  },
  {
    name: 'more logins come than can be served, all from one address',
    break: (stack) => stack.floodLogins(150),
    seen: { ...fine, login: [200, 503] },
    backWithinSeconds: 10,
  },
  {
    name: 'the clock of the auth-service is 60 s fast',
    break: (stack) => stack.behindAnotherGateway(wrongClock(60)),
    seen: fine,
    backWithinSeconds: 5,
  },
  {
    name: 'the clock of the auth-service is 60 s slow',
    break: (stack) => stack.behindAnotherGateway(wrongClock(-60)),
    seen: fine,
    backWithinSeconds: 5,
  },
  {
    name: 'the disk for the log of auth-service is full',
    break: (stack) => stack.behindAnotherGateway({ stdout: '/dev/full' }),
    seen: fine,
    backWithinSeconds: 5,
  },
  {
    name: 'nginx reloads its configuration',
    break: (stack) => stack.reloadNginx(),
    seen: fine,
    backWithinSeconds: 5,
  },
]
