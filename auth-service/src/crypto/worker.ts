import { type ClaimsPolicy, judgeToken, type Refusal } from '@auth-stack/access-token'
import { workerData } from 'piscina'
import { type EngineName, engines } from './engine.js'

/** What a worker thread is started with. */
export type WorkerSetup = { engineName: EngineName; signingKey: Uint8Array; policy: ClaimsPolicy }

export type HashPasswordTask = { password: string; cost: number }

export type CheckPasswordAndSignTask = {
  password: string
  hash: string
  /** What to sign when the password is right; null for a user who does not exist, whose `hash` is the decoy. */
  claims: Record<string, unknown> | null
}

export type JudgeTokensTask = { tokens: string[]; nowSeconds: number }

const { engineName, signingKey, policy } = workerData as WorkerSetup
const { createEngine } = await engines[engineName]()
const engine = createEngine(signingKey)

export const hashPassword = ({ password, cost }: HashPasswordTask): string => engine.hashPassword(password, cost)

/** The comparison and the signature in one hop. Null when the password is wrong. */
export function checkPasswordAndSign({ password, hash, claims }: CheckPasswordAndSignTask): string | null {
  const matches = engine.verifyPassword(password, hash)
  return matches && claims ? engine.signToken(claims) : null
}

/** One answer a token, in order: why it is refused, or null. Plain values, because an error loses its class between threads. */
export function judgeTokens({ tokens, nowSeconds }: JudgeTokensTask): (Refusal | null)[] {
  return tokens.map((token) => {
    const verdict = judgeToken(token, engine.verifySignature, policy, nowSeconds)
    return verdict.ok ? null : verdict.refusal
  })
}
