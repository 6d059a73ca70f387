import { median } from './statistics.js'

/** One quantity, measured once a round. */
export type Series = {
  /** Unique in its scenario together with `of`. */
  key: string
  /** What it was measured of, where several things were measured alike: they become the columns of a table. In kebab-case. */
  of?: string
  name: string
  /** Empty for a ratio. */
  unit: string
  samples: number[]
  goal?: Goal
}

/** What the median has to reach, and what would be good. */
export type Goal = { atLeast: number; aim?: number } | { atMost: number; aim?: number }

/** By what charts and documents name a series: `main-sync/logins`, or only `logins`. */
export const idOf = ({ key, of }: Series) => (of === undefined ? key : `${of}/${key}`)

/** A function that makes series of one quantity each from the rounds of one thing. */
export const seriesOf =
  <Sample>(rounds: Sample[], of?: string) =>
  (key: string, name: string, unit: string, read: (sample: Sample) => number, goal?: Goal): Series => ({
    key,
    ...(of !== undefined && { of }),
    name,
    unit,
    samples: rounds.map(read),
    ...(goal && { goal }),
  })

type Ratio = Pick<Series, 'key' | 'of' | 'name' | 'goal'> & { over: Series; under: Series }

/** A quotient of two things measured in the same rounds, taken round by round, so that what slowed a round cancels out. */
export const ratio = ({ over, under, ...names }: Ratio): Series => ({
  ...names,
  unit: '',
  samples: over.samples.map((sample, round) => sample / (under.samples[round] ?? Number.NaN)),
})

export function reaches({ samples, goal }: Series): boolean {
  if (!goal) return true
  return 'atLeast' in goal ? median(samples) >= goal.atLeast : median(samples) <= goal.atMost
}
