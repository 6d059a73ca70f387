import type { Logger } from './logger.js'
import type { MetricRegistry } from './metrics/registry.js'

type ReloadOptions = {
  /** Reads again what may have changed and uses it from then on. Returns what the log may know of it. Throws to leave all as it is. */
  reload: () => object | Promise<object>
  log: Logger
  metrics: Pick<MetricRegistry, 'counter'>
}

/**
 * What a service does on SIGHUP: takes over what has changed in the files of its configuration, without a restart. A mistake in them is
 * logged and changes nothing. One reload at a time; the counter tells whoever asked for it when it is done, and how it ended.
 */
export function createReload({ reload, log, metrics }: ReloadOptions) {
  const reloads = metrics.counter({
    name: 'config_reloads_total',
    help: 'Times the files of the configuration were read again, by result: ok, or failed and nothing changed.',
    labelNames: ['result'],
  })
  for (const result of ['ok', 'failed']) reloads.inc({ result }, 0)
  let last: Promise<void> = Promise.resolve()

  async function reloadOnce() {
    try {
      log.info(await reload(), 'reloaded')
      reloads.inc({ result: 'ok' })
    } catch (error) {
      log.error({ reason: (error as Error).message }, 'not reloaded, so everything is as it was')
      reloads.inc({ result: 'failed' })
    }
  }

  return function reloadInTurn(): Promise<void> {
    last = last.then(reloadOnce)
    return last
  }
}
