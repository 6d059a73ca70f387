import type { Chart } from './chart.js'
import type { Series } from './series.js'

/** What a scenario is given. */
export type Run = {
  /** True for a run of minutes that is not for quoting. */
  quick: boolean
  /** How often each thing is measured. */
  rounds: number
  /** Shows how far it is. */
  say: (text: string) => void
}

export type Outcome = {
  series: Series[]
  charts: Chart[]
  /** Every single sample behind the series that is not a series itself, e.g. latencies in ms. */
  raw?: Record<string, number[]>
}

export type Scenario = {
  title: string
  /** How it was measured, in sentences: what a reader must know to trust or repeat it. */
  method: string
  /** How long it takes here; only for the remaining time shown. */
  seconds: { full: number; quick: number }
  /** Takes too long to be part of a whole run. */
  onlyWhenNamed?: true
  run: (run: Run) => Promise<Outcome>
}
