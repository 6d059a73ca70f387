import { type AccessTokenClaims, type ClaimsPolicy, judgeToken, type Verdict } from '@auth-stack/access-token'
import { createVerifySignature, type SigningKey, type VerificationKey } from '@auth-stack/signing-keys'
import { workerData } from 'piscina'
import { type EngineName, engines } from './engine.js'
import { monotonicSeconds } from './monotonic-clock.js'

/** What a worker thread is started with. */
export type WorkerSetup = { engineName: EngineName; policy: ClaimsPolicy }

/**
 * Keys, and how often they were changed before. They come with each task, so that all threads change at once, also one that was just
 * started; a thread makes them ready when it sees a new version.
 */
export type Versioned<Keys> = { version: number; keys: Keys }

export type HashPasswordTask = { password: string; cost: number }

export type CheckPasswordAndSignTask = {
  password: string
  hash: string
  /** What to sign; of a user who does not exist, whose `hash` is the decoy, nobody's. */
  claims: Record<string, unknown>
  signing: Versioned<SigningKey>
}

export type SignTokenTask = { claims: Record<string, unknown>; signing: Versioned<SigningKey> }

export type JudgeTokensTask = { tokens: string[]; nowSeconds: number; accepted: Versioned<VerificationKey[]> }

/** A task, and when it was asked for, in seconds of the monotonic clock. */
export type Asked<Task> = { task: Task; askedAt: number }

/** What a task gave, the seconds it waited for a worker, and the seconds it took. */
export type Timed<Result> = { result: Result; waitSeconds: number; runSeconds: number }

const { engineName, policy } = workerData as WorkerSetup
const { engine } = await engines[engineName]()
const signerOf = onceAVersion(engine.createSigner)
const verifierOf = onceAVersion((keys: VerificationKey[]) =>
  createVerifySignature({ keys, prepare: engine.createVerifier }),
)

export const hashPassword = timed(({ password, cost }: HashPasswordTask): string => engine.hashPassword(password, cost))

/**
 * The comparison and the signature in one hop. Null when the password is wrong; signed all the same, because an RSA signature takes long
 * enough to tell from outside, and who is locked must not learn that the password was right.
 */
export const checkPasswordAndSign = timed((task: CheckPasswordAndSignTask): string | null => {
  const { password, hash, claims, signing } = task
  const token = signerOf(signing)(claims)
  return engine.verifyPassword(password, hash) ? token : null
})

export const signToken = timed(({ claims, signing }: SignTokenTask): string => signerOf(signing)(claims))

/** One verdict a token, in order. Plain values, because an error loses its class between threads. */
export const judgeTokens = timed(({ tokens, nowSeconds, accepted }: JudgeTokensTask): Verdict<AccessTokenClaims>[] => {
  const verifySignature = verifierOf(accepted)
  return tokens.map((token) => judgeToken(token, verifySignature, policy, nowSeconds))
})

/** Measured here, where it happens: on the other side it would hold the event loop's delay as well. */
function timed<Task, Result>(perform: (task: Task) => Result) {
  return ({ task, askedAt }: Asked<Task>): Timed<Result> => {
    const startedAt = monotonicSeconds()
    const result = perform(task)
    return { result, waitSeconds: startedAt - askedAt, runSeconds: monotonicSeconds() - startedAt }
  }
}

function onceAVersion<Keys, Ready>(prepare: (keys: Keys) => Ready) {
  let last: { version: number; ready: Ready } | undefined
  return ({ version, keys }: Versioned<Keys>): Ready => {
    if (last?.version !== version) last = { version, ready: prepare(keys) }
    return last.ready
  }
}
