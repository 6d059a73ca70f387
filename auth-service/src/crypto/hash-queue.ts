import { Problem } from '@auth-stack/service-kit'

type HashQueueOptions = {
  /** Tasks that run at once: as many as there are workers. */
  workers: number
  /** Tasks that may wait; beyond it `run` is refused before anything is done. */
  maxQueue: number
  /** Milliseconds a task may wait. */
  maxWaitMs: number
  /** Told of each task that is refused or taken out. */
  onShed: (reason: ShedReason) => void
}

/** Why a task never reached a worker. */
export type ShedReason = 'queue-full' | 'address-share' | 'waited-too-long' | 'client-left'

/** Who asks: a network (`networkOf`) that may not fill the queue alone, and a signal that tells when nobody waits for the answer. */
export type Caller = { network: string; signal: AbortSignal }

/** The answer when the hash workers have more to do than can be waited for. */
const loginsOverloaded = () =>
  new Problem(503, 'overloaded', 'Too many logins at once; try again shortly', { headers: { 'retry-after': '2' } })

const clientLeft = () => new Problem(499, 'client-left', 'The client closed the connection before the answer')

type Waiting = { network: string; start: () => void }

/**
 * Decides who may use a hash worker, and when: first come, first served, bounded in length and in time. One network holds at most
 * half of the queue, so that it cannot keep everybody else out. A task whose caller left or whose time is over is taken out of the
 * queue and never reaches a worker; one that runs is let finish, because it cannot be interrupted.
 */
export function createHashQueue({ workers, maxQueue, maxWaitMs, onShed }: HashQueueOptions) {
  const queue = new Set<Waiting>()
  const waitingByNetwork = new Map<string, number>()
  const maxPerNetwork = Math.max(1, Math.ceil(maxQueue / 2))
  let running = 0

  async function run<Result>(task: () => Promise<Result>, caller: Caller): Promise<Result> {
    if (caller.signal.aborted) throw shed('client-left')
    if (running >= workers) await waitForTurn(caller)
    else running++
    try {
      return await task()
    } finally {
      const next = queue.values().next().value
      // The place is handed over rather than freed, so that nobody slips in between.
      if (next) next.start()
      else running--
    }
  }

  function waitForTurn({ network, signal }: Caller): Promise<void> {
    const waitingHere = waitingByNetwork.get(network) ?? 0
    if (queue.size >= maxQueue) return Promise.reject(shed('queue-full'))
    if (waitingHere >= maxPerNetwork) return Promise.reject(shed('address-share'))
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void) => {
        queue.delete(waiting)
        countNetwork(network, -1)
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        settle()
      }
      const onAbort = () => leave(() => reject(shed('client-left')))
      const timer = setTimeout(() => leave(() => reject(shed('waited-too-long'))), maxWaitMs)
      const waiting: Waiting = { network, start: () => leave(resolve) }
      signal.addEventListener('abort', onAbort)
      queue.add(waiting)
      countNetwork(network, 1)
    })
  }

  function shed(reason: ShedReason): Problem {
    onShed(reason)
    return reason === 'client-left' ? clientLeft() : loginsOverloaded()
  }

  function countNetwork(network: string, change: 1 | -1) {
    const count = (waitingByNetwork.get(network) ?? 0) + change
    if (count === 0) waitingByNetwork.delete(network)
    else waitingByNetwork.set(network, count)
  }

  return {
    run,
    get waiting() {
      return queue.size
    },
    get running() {
      return running
    },
  }
}
