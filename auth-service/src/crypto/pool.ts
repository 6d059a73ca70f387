import type { AccessTokenClaims, Verdict } from '@auth-stack/access-token'
import type { KeySet } from '@auth-stack/signing-keys'
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
  keys: KeySet
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
  const { engineName, policy, hashWorkers, maxQueue, maxWaitMs, nowSeconds, metrics } = options
  const setup = { engineName, policy }
  const passwords = startWorkers({ threads: hashWorkers, setup, metrics: metrics.ofPool('hash', hashWorkers) })
  const tokens = startWorkers({ threads: 1, setup, metrics: metrics.ofPool('token', 1) })
  const hashQueue = createHashQueue({ workers: hashWorkers, maxQueue, maxWaitMs, onShed: metrics.shed })
  metrics.watch('hash', hashQueue)
  metrics.watch('token', tokens)

  let version = 0
  let keys = options.keys

  const judgeTokens = (batch: string[]) =>
    tokens.run<JudgeTokensTask, Verdict<AccessTokenClaims>[]>('judgeTokens', {
      tokens: batch,
      nowSeconds: nowSeconds(),
      accepted: { version, keys: keys.accepted },
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
    checkPasswordAndSign(task: Omit<CheckPasswordAndSignTask, 'signing'>, caller: Caller): Promise<string | null> {
      const askedAt = monotonicSeconds()
      return hashQueue.run(() => {
        const signing = { version, keys: keys.signing }
        return passwords.run<CheckPasswordAndSignTask, string | null>(
          'checkPasswordAndSign',
          { ...task, signing },
          askedAt,
        )
      }, caller)
    },

    /** A new access token. */
    signToken: (claims: SignTokenTask['claims']) =>
      tokens.run<SignTokenTask, string>('signToken', { claims, signing: { version, keys: keys.signing } }),

    /** The token's claims, or why it is refused. Rejects when the worker cannot say. */
    judgeToken: verifiedTokens.judge,

    /** From now on signs and verifies with these keys, and no longer believes what the former ones have verified. */
    useKeys(changed: KeySet) {
      version++
      keys = changed
      verifiedTokens.forget()
    },

    /** Resolves when the token worker answers. */
    ping: () => judgeTokens([]),

    /** Lets what runs finish and ends the threads. */
    close: async () => {
      await Promise.all([passwords.close(), tokens.close()])
    },
  }
}

export type CryptoPool = ReturnType<typeof createCryptoPool>
