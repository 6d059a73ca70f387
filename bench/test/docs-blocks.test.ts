import { expect, test } from 'vitest'
import { fillBlocks } from '../src/docs-blocks.js'
import type { Results } from '../src/results.js'

const results: Results = {
  finishedAt: '2026-01-02T03:04:05.000Z',
  commit: 'abcdef123456',
  quotable: true,
  rounds: 5,
  machine: { cpu: 'a processor', cores: 2, memoryGigabytes: 8, kernel: '6.1' },
  versions: { node: '20.0.0' },
  scenarios: {
    lab: {
      title: 'Lab',
      method: '',
      seconds: 1,
      charts: [],
      series: [
        { key: 'p99', of: 'one', name: 'reads, p99', unit: 'ms', samples: [1, 3, 2] },
        { key: 'p99', of: 'two', name: 'reads, p99', unit: 'ms', samples: [20, 40, 30], goal: { atMost: 25 } },
        { key: 'quotient', name: 'two ÷ one', unit: '', samples: [15] },
      ],
    },
  },
}
const fill = (block: string) => fillBlocks(`before ${block}old<!-- /bench --> after`, results)

test('a number within a sentence', () => {
  const block = '<!-- bench:lab/one/p99 -->'
  expect(fill(block)).toBe(`before ${block}2 ms<!-- /bench --> after`)
})

test('a table of what was measured alike, and one of the rest', () => {
  expect(fill('<!-- bench:lab -->').split('\n')).toEqual([
    'before <!-- bench:lab -->',
    '',
    '| median (least – most) | one | two | target |',
    '|---|--:|--:|--:|',
    '| reads, p99 | 2 ms (1 – 3) | 30 ms (20 – 40) **missed** | ≤ 25 |',
    '',
    '|  | median | least – most | target |',
    '|---|--:|--:|--:|',
    '| two ÷ one | 15 | 15 – 15 |  |',
    '',
    '<!-- /bench --> after',
  ])
})

test('only the rows that are named', () => {
  expect(fill('<!-- bench:lab quotient -->')).not.toContain('p99')
})

test('what it was measured on', () => {
  expect(fill('<!-- bench:machine -->')).toContain(
    'a processor, 2 cores, 8 GB, Linux 6.1; node 20.0.0; commit abcdef123456',
  )
})

test('filled blocks stay as they are', () => {
  const once = fill('<!-- bench:lab -->')
  expect(fillBlocks(once, results)).toBe(once)
})

test.each(['<!-- bench:nothing -->', '<!-- bench:lab/three/p99 -->', '<!-- bench:lab nothing -->'])(
  'a name without a measurement is an error: %s',
  (block) => {
    expect(() => fill(block)).toThrow(/nothing|three/)
  },
)
