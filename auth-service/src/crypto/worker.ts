import { type AccessTokenClaims, type ClaimsPolicy, judgeToken, type Verdict } from '@auth-stack/access-token'
import { workerData } from 'piscina'
import { type EngineName, engines } from './engine.js'
import { monotonicSeconds } from './monotonic-clock.js'

/** What a worker thread is started with. */
export type WorkerSetup = { engineName: EngineName; signingKey: Uint8Array; policy: ClaimsPolicy }

export type HashPasswordTask = { password: string; cost: number }

export type CheckPasswordAndSignTask = {
  password: string
  hash: string
  /** What to sign when the password is right; null for a user who does not exist, whose `hash` is the decoy. */
  claims: Record<string, unknown> | null
}

/** The claims to sign. */
export type SignTokenTask = Record<string, unknown>

export type JudgeTokensTask = { tokens: string[]; nowSeconds: number }

/** A task, and when it was asked for, in seconds of the monotonic clock. */
export type Asked<Task> = { task: Task; askedAt: number }

/** What a task gave, the seconds it waited for a worker, and the seconds it took. */
export type Timed<Result> = { result: Result; waitSeconds: number; runSeconds: number }

const { engineName, signingKey, policy } = workerData as WorkerSetup
const { createEngine } = await engines[engineName]()
const engine = createEngine(signingKey)

export const hashPassword = timed(({ password, cost }: HashPasswordTask): string => engine.hashPassword(password, cost))

/** The comparison and the signature in one hop. Null when the password is wrong. */
export const checkPasswordAndSign = timed(({ password, hash, claims }: CheckPasswordAndSignTask): string | null => {
  const matches = engine.verifyPassword(password, hash)
  return matches && claims ? engine.signToken(claims) : null
})

export const signToken = timed((claims: SignTokenTask): string => engine.signToken(claims))

/** One verdict a token, in order. Plain values, because an error loses its class between threads. */
export const judgeTokens = timed(({ tokens, nowSeconds }: JudgeTokensTask): Verdict<AccessTokenClaims>[] =>
  tokens.map((token) => judgeToken(token, engine.verifySignature, policy, nowSeconds)),
)

/** Measured here, where it happens: on the other side it would hold the event loop's delay as well. */
function timed<Task, Result>(perform: (task: Task) => Result) {
  return ({ task, askedAt }: Asked<Task>): Timed<Result> => {
    const startedAt = monotonicSeconds()
    const result = perform(task)
    return { result, waitSeconds: startedAt - askedAt, runSeconds: monotonicSeconds() - startedAt }
  }
}
