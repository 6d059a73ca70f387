import type { Chart } from './chart.js'
import { type FloodSample, type Latencies, probesPerSecond, slowdown, type Watched } from './flood.js'
import { type Goal, type Series, seriesOf } from './series.js'
import { quantile } from './statistics.js'

type Probe = keyof Watched
const probeNames: Record<Probe, string> = { profile: 'profile read', validate: 'validation' }
const shares = { p50: 0.5, p99: 0.99, max: 1 }

/** The figures of one target under flood; `goal` is for the slowdown of profile reads. */
export function floodSeries(of: string, samples: FloodSample[], goal?: Goal): Series[] {
  const series = seriesOf(samples, of)
  const failedPercent = ({ failed, ms }: Latencies) => (failed / ms.length) * 100
  const ofProbe = (probe: Probe) => [
    ...(['idle', 'flood'] as const).flatMap((when) =>
      Object.entries(shares).map(([label, share]) =>
        series(`${probe}-${when}-${label}`, `${probeNames[probe]}, ${when}, ${label}`, 'ms', (sample) =>
          quantile(sample[when][probe].ms, share),
        ),
      ),
    ),
    series(`${probe}-failed`, `${probeNames[probe]}, flood, not answered 200`, '%', ({ flood }) =>
      failedPercent(flood[probe]),
    ),
    series(
      `${probe}-slowdown`,
      `${probeNames[probe]}, p99 flood ÷ idle`,
      '',
      ({ flood, idle }) => slowdown(flood[probe], idle[probe]),
      probe === 'profile' ? goal : undefined,
    ),
  ]
  return [
    series('logins', 'logins under flood', '/s', ({ loginsPerSecond }) => loginsPerSecond),
    ...ofProbe('profile'),
    ...ofProbe('validate'),
  ]
}

/** Idle beside flood for each target, on a logarithmic scale. */
export const floodChart = (name: string, probe: Probe, targets: readonly string[]): Chart => ({
  kind: 'bars',
  name: `${name}-${probe}`,
  title: `${probeNames[probe]}s while logins flood, ${probesPerSecond} a second: p99`,
  unit: 'ms',
  logarithmic: true,
  groups: targets,
  bars: [`${probe}-idle-p99`, `${probe}-flood-p99`],
})

/** Every latency of every round. */
export const rawLatencies = (of: string, samples: FloodSample[]): Record<string, number[]> =>
  Object.fromEntries(
    (['idle', 'flood'] as const).flatMap((when) =>
      (['profile', 'validate'] as const).map((probe) => [
        `${of}/${probe}-${when}`,
        samples.flatMap((sample) => sample[when][probe].ms),
      ]),
    ),
  )
