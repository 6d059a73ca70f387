import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createHashQueue, type ShedReason } from '../../src/crypto/hash-queue.js'

const patient = (network = '192.0.2.1') => ({ network, signal: new AbortController().signal })

/** A task that ends when told to, and tells whether it began. */
function heldTask() {
  let finish = () => {}
  const task = vi.fn(() => new Promise<string>((resolve) => (finish = () => resolve('done'))))
  return { task, finish: () => finish() }
}

describe('a queue of one worker and two places', () => {
  const onShed = vi.fn<(reason: ShedReason) => void>()
  const limits = { workers: 1, maxQueue: 2, maxWaitMs: 1000, onShed }
  let queue: ReturnType<typeof createHashQueue>
  let first: ReturnType<typeof heldTask>
  let running: Promise<string>

  beforeEach(() => {
    onShed.mockClear()
    queue = createHashQueue(limits)
    first = heldTask()
    running = queue.run(first.task, patient())
  })

  it('starts the next task when one ends, in order', async () => {
    const order: string[] = []
    const second = queue.run(async () => order.push('second'), patient('192.0.2.2'))
    const third = queue.run(async () => order.push('third'), patient('192.0.2.3'))
    expect(queue).toMatchObject({ running: 1, waiting: 2 })
    first.finish()
    await Promise.all([running, second, third])
    expect(order).toEqual(['second', 'third'])
    expect(queue).toMatchObject({ running: 0, waiting: 0 })
    expect(onShed).not.toHaveBeenCalled()
  })

  it('refuses what does not fit, at once and without starting it', async () => {
    const waiting = ['192.0.2.2', '192.0.2.3'].map((address) => queue.run(async () => {}, patient(address)))
    const refused = vi.fn()
    await expect(queue.run(refused, patient('192.0.2.4'))).rejects.toMatchObject({ status: 503, code: 'overloaded' })
    expect(refused).not.toHaveBeenCalled()
    expect(onShed.mock.calls).toEqual([['queue-full']])
    first.finish()
    await Promise.all([running, ...waiting])
  })

  it('lets one network hold only half of the places', async () => {
    const waiting = queue.run(async () => {}, patient('192.0.2.2'))
    await expect(queue.run(async () => {}, patient('192.0.2.2'))).rejects.toMatchObject({ code: 'overloaded' })
    expect(onShed.mock.calls).toEqual([['address-share']])
    const other = queue.run(async () => 'served', patient('192.0.2.3'))
    first.finish()
    await expect(other).resolves.toBe('served')
    await Promise.all([running, waiting])
  })

  it('takes out a client that left, without starting its task', async () => {
    const leaving = new AbortController()
    const abandoned = vi.fn()
    const left = queue.run(abandoned, { network: '192.0.2.2', signal: leaving.signal })
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'client-left' })
    expect(queue.waiting).toBe(0)
    expect(onShed.mock.calls).toEqual([['client-left']])
    first.finish()
    await running
    expect(abandoned).not.toHaveBeenCalled()
  })

  it('does not start for a client that left before', async () => {
    await expect(queue.run(async () => {}, { network: 'a', signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'client-left',
    })
    expect(onShed.mock.calls).toEqual([['client-left']])
    first.finish()
    await running
  })

  it('goes on after a task that failed', async () => {
    const failing = queue.run(() => Promise.reject(new Error('broken')), patient('192.0.2.2'))
    const after = queue.run(async () => 'served', patient('192.0.2.3'))
    first.finish()
    await expect(failing).rejects.toThrow('broken')
    await expect(after).resolves.toBe('served')
    await running
  })
})

it('refuses what waited too long', async () => {
  vi.useFakeTimers()
  try {
    const onShed = vi.fn()
    const queue = createHashQueue({ workers: 1, maxQueue: 5, maxWaitMs: 1000, onShed })
    const first = heldTask()
    const running = queue.run(first.task, patient())
    const late = expect(queue.run(async () => {}, patient())).rejects.toMatchObject({ code: 'overloaded' })
    vi.advanceTimersByTime(1000)
    await late
    expect(onShed.mock.calls).toEqual([['waited-too-long']])
    first.finish()
    await running
  } finally {
    vi.useRealTimers()
  }
})
