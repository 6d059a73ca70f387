import { expect, it } from 'vitest'
import { createTokenBatcher } from '../../src/crypto/token-batcher.js'

/** A batcher whose calls are answered by hand: each token with itself in capitals. */
function setUp() {
  const calls: { tokens: string[]; answer: () => void; fail: () => void }[] = []
  let called = () => {}
  const judge = createTokenBatcher<string>(
    (tokens) =>
      new Promise((resolve, reject) => {
        calls.push({
          tokens,
          answer: () => resolve(tokens.map((token) => token.toUpperCase())),
          fail: () => reject(new Error('the worker died')),
        })
        called()
      }),
  )
  const untilCalls = (count: number) =>
    new Promise<void>((resolve) => {
      called = () => calls.length >= count && resolve()
      called()
    })
  return { judge, calls, untilCalls }
}

it('asks once for all of a turn, and gives each its own answer', async () => {
  const { judge, calls, untilCalls } = setUp()
  const answers = Promise.all(['a', 'b', 'c', 'a'].map(judge))
  await untilCalls(1)
  expect(calls.map(({ tokens }) => tokens)).toEqual([['a', 'b', 'c', 'a']])
  calls[0]?.answer()
  expect(await answers).toEqual(['A', 'B', 'C', 'A'])
})

it('gathers while a call is out, and asks again when it has come back', async () => {
  const { judge, calls, untilCalls } = setUp()
  const first = judge('a')
  await untilCalls(1)
  const second = judge('b')
  // Turns go by, and with each a token comes.
  await new Promise(setImmediate)
  const third = judge('c')
  await new Promise(setImmediate)
  expect(calls).toHaveLength(1)
  calls[0]?.answer()
  expect(await first).toBe('A')
  await untilCalls(2)
  expect(calls[1]?.tokens).toEqual(['b', 'c'])
  calls[1]?.answer()
  expect(await Promise.all([second, third])).toEqual(['B', 'C'])
})

it('goes on after a call that failed', async () => {
  const { judge, calls, untilCalls } = setUp()
  const first = judge('a')
  await untilCalls(1)
  const second = judge('b')
  calls[0]?.fail()
  await expect(first).rejects.toThrow('the worker died')
  await untilCalls(2)
  calls[1]?.answer()
  expect(await second).toBe('B')
})

it('asks for no more than 512 at once', async () => {
  const { judge, calls, untilCalls } = setUp()
  const answers = Promise.all(Array.from({ length: 1100 }, (_, number) => judge(`${number}`)))
  for (const count of [1, 2, 3]) {
    await untilCalls(count)
    calls.at(-1)?.answer()
  }
  expect(await answers).toHaveLength(1100)
  expect(calls.map(({ tokens }) => tokens.length)).toEqual([512, 512, 76])
})
