import { Counter, type CounterConfiguration, Gauge, type GaugeConfiguration, type Metric, Registry } from 'prom-client'
import { createHistogram, type HistogramSettings } from './histogram.js'

/**
 * Makes metrics and writes them down as Prometheus text. prom-client puts what is made by hand into one registry of the whole process
 * unless told otherwise; what is made here belongs to this registry only, so one process can hold several services.
 * Names end in their base unit, counters in `_total`.
 */
export function createMetricRegistry() {
  const registry = new Registry()
  const registers = [registry]
  return {
    counter: <Label extends string = never>(settings: CounterConfiguration<Label>) =>
      new Counter<Label>({ ...settings, registers }),
    gauge: <Label extends string = never>(settings: GaugeConfiguration<Label>) =>
      new Gauge<Label>({ ...settings, registers }),
    /** Observes values under the labels given to it. */
    histogram<Label extends string = never>(settings: HistogramSettings<Label>) {
      const { metric, observer } = createHistogram(settings)
      registry.registerMetric(metric as unknown as Metric)
      return observer
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

export type MetricRegistry = ReturnType<typeof createMetricRegistry>
