/** `buckets` are upper bounds, ascending, in the unit that `name` ends in. */
export type HistogramSettings<Label extends string> = {
  name: string
  help: string
  labelNames?: readonly Label[]
  buckets: readonly number[]
}

type Series = { labels: Record<string, string>; counts: number[]; sum: number }

/**
 * A histogram that is written down by prom-client's registry and kept here, because an observation is on the way of every request: 20 ns,
 * where prom-client's own, which looks its labels up each time, takes 200 to 400.
 */
export function createHistogram<Label extends string>(settings: HistogramSettings<Label>) {
  const { name, help, labelNames = [], buckets } = settings
  const seriesByKey = new Map<string, Series>()

  return {
    /** Observes values under these labels. What it returns can be kept. */
    observer(labels: Record<Label, string>): (value: number) => void {
      const series = seriesOf(labels)
      return (value) => {
        let bucket = 0
        while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket++
        series.counts[bucket] = (series.counts[bucket] as number) + 1
        series.sum += value
      }
    },
    /** What a registry asks of a metric. */
    metric: {
      name,
      async get() {
        return { name, help, type: 'histogram', aggregator: 'sum', values: [...seriesByKey.values()].flatMap(toValues) }
      },
    },
  }

  function seriesOf(labels: Record<Label, string>): Series {
    const key = JSON.stringify(labelNames.map((label) => labels[label]))
    const known = seriesByKey.get(key)
    if (known) return known
    // One bucket more than there are bounds: for what is above the last.
    const series = { labels, counts: Array.from({ length: buckets.length + 1 }, () => 0), sum: 0 }
    seriesByKey.set(key, series)
    return series
  }

  function toValues({ labels, counts, sum }: Series) {
    let count = 0
    const cumulated = counts.map((inBucket, index) => {
      count += inBucket
      return { metricName: `${name}_bucket`, labels: { ...labels, le: String(buckets[index] ?? '+Inf') }, value: count }
    })
    return [
      ...cumulated,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ]
  }
}
