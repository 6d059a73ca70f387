import DataLoader from 'dataloader'

// More than arrive in one turn at full load; it only bounds how long one message can keep the worker.
const maxBatchSize = 512

/**
 * Gathers what is asked during one turn of the event loop, and while the last call is out, into one call. A hop to a worker thread costs
 * 50 µs and a verification 10, so a hop a token would cost more than it isolates; and with several calls out at once, each would be
 * smaller and no answer sooner, for there is one worker.
 */
export function createTokenBatcher<Answer>(judgeBatch: (tokens: string[]) => Promise<Answer[]>) {
  const gathered: (() => void)[] = []
  let busy = false

  const loader = new DataLoader<string, Answer>(
    async (tokens) => {
      try {
        return await judgeBatch([...tokens])
      } finally {
        callNext()
      }
    },
    { batchScheduleFn: callInTurn, cache: false, maxBatchSize },
  )

  function callInTurn(call: () => void) {
    gathered.push(call)
    if (busy) return
    busy = true
    setImmediate(callNext)
  }

  function callNext() {
    const call = gathered.shift()
    if (call) call()
    else busy = false
  }

  return (token: string) => loader.load(token)
}
