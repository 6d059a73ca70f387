import DataLoader from 'dataloader'

// More than arrive in one turn at full load; it only bounds how long one message can keep the worker.
const maxBatchSize = 512

/**
 * Gathers what is asked during one turn of the event loop into one call. A hop to a worker thread costs 50 µs and a verification 10,
 * so a hop a token would cost more than it isolates; one hop a turn makes it cheaper than verifying in place.
 */
export function createTokenBatcher<Answer>(judgeBatch: (tokens: string[]) => Promise<Answer[]>) {
  const loader = new DataLoader<string, Answer>((tokens) => judgeBatch([...tokens]), {
    batchScheduleFn: setImmediate,
    cache: false,
    maxBatchSize,
  })
  return (token: string) => loader.load(token)
}
