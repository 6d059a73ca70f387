import type { AccessTokenClaims, Verdict } from '@auth-stack/access-token'
import type { CryptoMetrics } from './crypto-metrics.js'
import { type Caller, createHashQueue } from './hash-queue.js'
import { monotonicSeconds } from './monotonic-clock.js'
import { createTokenBatcher } from './token-batcher.js'
import { createVerifiedTokens } from './verified-tokens.js'
import type {
  CheckPasswordAndSignTask,
  HashPasswordTask,
  JudgeTokensTask,
  SignTokenTask,
  WorkerSetup,
} from './worker.js'
import { startWorkers } from './workers.js'

type CryptoPoolOptions = WorkerSetup & {
  hashWorkers: number
  maxQueue: number
  maxWaitMs: number
  nowSeconds: () => number
  metrics: CryptoMetrics
}

/**
 * The cryptography, off the event loop: worker threads for passwords, and one of its own for tokens, so that a flood of logins never
 * stands in front of a verification.
 */
export function createCryptoPool(options: CryptoPoolOptions) {
  const { engineName, signingKey, policy, hashWorkers, maxQueue, maxWaitMs, nowSeconds, metrics } = options
  const setup = { engineName, signingKey, policy }
  const passwords = startWorkers({ threads: hashWorkers, setup, metrics: metrics.ofPool('hash', hashWorkers) })
  const tokens = startWorkers({ threads: 1, setup, metrics: metrics.ofPool('token', 1) })
  const hashQueue = createHashQueue({ workers: hashWorkers, maxQueue, maxWaitMs, onShed: metrics.shed })
  metrics.watch('hash', hashQueue)
  metrics.watch('token', tokens)

  const judgeTokens = (batch: string[]) =>
    tokens.run<JudgeTokensTask, Verdict<AccessTokenClaims>[]>('judgeTokens', {
      tokens: batch,
      nowSeconds: nowSeconds(),
    })
  const judgeToken = createTokenBatcher((batch) => {
    metrics.batched(batch.length)
    return judgeTokens(batch)
  })
  const verifiedTokens = createVerifiedTokens({ judgeToken, policy, nowSeconds })

  return {
    /** A new bcrypt hash; `cost` is a power of two. Does not stand in the login queue. */
    hashPassword: (task: HashPasswordTask) => passwords.run<HashPasswordTask, string>('hashPassword', task),

    /**
     * Compares and signs in one worker task; null when the password is wrong. Throws `loginsOverloaded` when the queue is full or the
     * wait too long.
     */
    checkPasswordAndSign(task: CheckPasswordAndSignTask, caller: Caller): Promise<string | null> {
      const askedAt = monotonicSeconds()
      return hashQueue.run(() => passwords.run('checkPasswordAndSign', task, askedAt), caller)
    },

    /** A new access token. */
    signToken: (claims: SignTokenTask) => tokens.run<SignTokenTask, string>('signToken', claims),

    /** The token's claims, or why it is refused. Rejects when the worker cannot say. */
    judgeToken: verifiedTokens.judge,

    /** Resolves when the token worker answers. */
    ping: () => judgeTokens([]),

    /** Lets what runs finish and ends the threads. */
    close: async () => {
      await Promise.all([passwords.close(), tokens.close()])
    },
  }
}

export type CryptoPool = ReturnType<typeof createCryptoPool>
