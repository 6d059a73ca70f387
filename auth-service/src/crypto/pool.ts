import { createRequire } from 'node:module'
import type { ClaimsPolicy, Refusal } from '@auth-stack/access-token'
import { Piscina } from 'piscina'
import type { EngineName } from './engine.js'
import { type Caller, createHashQueue } from './hash-queue.js'
import { createTokenBatcher } from './token-batcher.js'
import type { CheckPasswordAndSignTask, HashPasswordTask, JudgeTokensTask, WorkerSetup } from './worker.js'

type CryptoPoolOptions = WorkerSetup & {
  engineName: EngineName
  policy: ClaimsPolicy
  hashWorkers: number
  maxQueue: number
  maxWaitMs: number
  nowSeconds: () => number
}

// Named in package.json, because a worker thread loads compiled code also when a test runs this file from source.
const workerFile = createRequire(import.meta.url).resolve('#crypto-worker')

/**
 * The cryptography, off the event loop: worker threads for passwords, and one of its own for tokens, so that a flood of logins never
 * stands in front of a verification.
 */
export function createCryptoPool(options: CryptoPoolOptions) {
  const { engineName, signingKey, policy, hashWorkers, maxQueue, maxWaitMs, nowSeconds } = options
  const start = (threads: number) =>
    new Piscina({
      filename: workerFile,
      workerData: { engineName, signingKey, policy } satisfies WorkerSetup,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
    })
  const hashWorkersPool = start(hashWorkers)
  const tokenWorkerPool = start(1)
  const hashQueue = createHashQueue({ workers: hashWorkers, maxQueue, maxWaitMs })

  const judgeTokens = (tokens: string[]): Promise<(Refusal | null)[]> =>
    tokenWorkerPool.run({ tokens, nowSeconds: nowSeconds() } satisfies JudgeTokensTask, { name: 'judgeTokens' })

  return {
    /** A new bcrypt hash; `cost` is a power of two. Does not stand in the login queue. */
    hashPassword: (task: HashPasswordTask): Promise<string> => hashWorkersPool.run(task, { name: 'hashPassword' }),

    /**
     * Compares and signs in one worker task; null when the password is wrong. Throws `loginsOverloaded` when the queue is full or the
     * wait too long.
     */
    checkPasswordAndSign: (task: CheckPasswordAndSignTask, caller: Caller): Promise<string | null> =>
      hashQueue.run(() => hashWorkersPool.run(task, { name: 'checkPasswordAndSign' }), caller),

    /** Why a token is refused, or null. Rejects when the worker cannot say. */
    judgeToken: createTokenBatcher(judgeTokens),

    /** Resolves when the token worker answers. */
    ping: () => judgeTokens([]),

    /** Lets what runs finish and ends the threads. */
    close: async () => {
      await Promise.all([hashWorkersPool.close(), tokenWorkerPool.close()])
    },
  }
}

export type CryptoPool = ReturnType<typeof createCryptoPool>
