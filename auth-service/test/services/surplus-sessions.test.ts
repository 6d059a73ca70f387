import { beforeEach, expect, it, vi } from 'vitest'
import { createSurplusSessions } from '../../src/services/surplus-sessions.js'

const { signal } = new AbortController()
const endSurplus = vi.fn<(userIds: string[]) => Promise<{ sessionId: string; userId: string }[]>>()
let surplus: ReturnType<typeof createSurplusSessions>

beforeEach(() => {
  endSurplus.mockReset().mockResolvedValue([])
  surplus = createSurplusSessions({
    sessions: { endSurplus },
    auditLog: { tell: () => {} },
    metrics: { ended: () => {} },
  })
})

/** Of whom it was asked, call by call. */
const asked = () => endSurplus.mock.calls.map(([userIds]) => userIds)

it('looks once at who logged in, however often they did, some at a time', async () => {
  const users = Array.from({ length: 120 }, (_, index) => `${index}`)
  for (const userId of [...users, ...users]) surplus.mayHave(userId)
  await surplus.end(signal)
  await surplus.end(signal)
  expect(asked()).toEqual([users.slice(0, 50), users.slice(50, 100), users.slice(100)])
})

it('looks again at who has more than one statement ends', async () => {
  endSurplus.mockResolvedValueOnce(Array(200).fill({ sessionId: 'a', userId: '1' }))
  surplus.mayHave('1')
  await surplus.end(signal)
  expect(asked()).toEqual([['1'], ['1']])
})

it('leaves who logs in meanwhile to the next time, so that it comes to an end', async () => {
  endSurplus.mockImplementation(async () => {
    surplus.mayHave('1')
    return []
  })
  surplus.mayHave('1')
  await surplus.end(signal)
  expect(asked()).toEqual([['1']])
  await surplus.end(signal)
  expect(asked()).toEqual([['1'], ['1']])
})

it('forgets nobody when Postgres is away', async () => {
  endSurplus.mockRejectedValueOnce(new Error('away'))
  surplus.mayHave('1')
  await expect(surplus.end(signal)).rejects.toThrow('away')
  await surplus.end(signal)
  expect(asked()).toEqual([['1'], ['1']])
})
