import { type Logger, type MetricRegistry, Problem } from '@auth-stack/service-kit'
import type { PublicKey } from '@auth-stack/signing-keys'

type RemoteKeysOptions = {
  /** Rejects when the key set cannot be had. */
  fetchKeys: () => Promise<{ keys: PublicKey[]; ignored: { kid: string | undefined; reason: string }[] }>
  /** Takes each set over. */
  onKeys: (keys: PublicKey[]) => void
  log: Logger
  metrics: Pick<MetricRegistry, 'counter' | 'gauge'>
  /** Milliseconds of a clock that only goes forward. */
  nowMs: () => number
}

// Until there is a first set, nothing can be said about any token.
const firstRetryMs = 500
// As long as auth-service lets its set be kept (Cache-Control).
const refreshMs = 300_000
const retryMs = 30_000
/** Between two fetches that tokens with an unknown `kid` may cause: anybody can make such tokens. */
const unknownKidPauseMs = 30_000

/** Whether the token is good cannot be told, which is not the same as no. */
const keysUnavailable = (cause: unknown) =>
  new Problem(503, 'keys-unavailable', 'The keys to check the token with cannot be had; try again shortly', {
    headers: { 'retry-after': '5' },
    cause,
  })

/**
 * Public keys that auth-service publishes: fetched at the start and every five minutes, and for a token with an unknown `kid`. The last
 * good set stays in force while none can be fetched. Until `close`.
 */
export function createRemoteKeys({ fetchKeys, onKeys, log, metrics, nowMs }: RemoteKeysOptions) {
  const fetches = metrics.counter({
    name: 'api_jwks_fetches_total',
    help: 'Times the key set was asked for, by result: ok, or failed and the last one kept.',
    labelNames: ['result'],
  })
  for (const result of ['ok', 'failed']) fetches.inc({ result }, 0)
  const fetchedAt = metrics.gauge({
    name: 'api_jwks_fetched_timestamp_seconds',
    help: 'When the key set in use was fetched, in seconds since the epoch; 0 while there is none.',
  })

  let tellOfFirstSet = () => {}
  const firstSet = new Promise<void>((resolve) => {
    tellOfFirstSet = resolve
  })
  let isThere = false
  let failure: unknown
  let failures = 0
  let fetching: Promise<void> | undefined
  let askedForKidAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function fetchOnce() {
    clearTimeout(timer)
    try {
      const { keys, ignored } = await fetchKeys()
      for (const { kid, reason } of ignored) log.warn({ kid, reason }, 'a key of the key set is not used')
      onKeys(keys)
      isThere = true
      tellOfFirstSet()
      failure = undefined
      failures = 0
      fetches.inc({ result: 'ok' })
      fetchedAt.setToCurrentTime()
    } catch (error) {
      failures++
      // Said once, not each time; and of the very first not at all: auth-service may be starting too.
      if (failures === (isThere ? 1 : 2))
        log.warn({ reason: reasonOf(error), keptLastSet: isThere }, 'the key set cannot be fetched')
      failure = error
      fetches.inc({ result: 'failed' })
      throw error
    } finally {
      fetching = undefined
      const pauseMs = failure === undefined ? refreshMs : isThere ? retryMs : firstRetryMs
      if (!closed) timer = setTimeout(() => refresh().catch(() => {}), pauseMs)
    }
  }

  /** Fetches, or joins who is fetching already. */
  function refresh(): Promise<void> {
    fetching ??= fetchOnce()
    return fetching
  }

  return {
    /** Begins. Resolves once there is a first set. */
    start(): Promise<void> {
      refresh().catch(() => {})
      return firstSet
    },

    /** Fetches a set that is no older than this call. Rejects when it cannot be had. */
    async refetch() {
      await fetching?.catch(() => {})
      await refresh()
    },

    /**
     * For a token whose key is unknown: looks whether it has come, unless that was asked a moment ago. Throws `keysUnavailable` when this
     * cannot be told: there is no set yet, or the last fetch failed.
     */
    async lookForNewKeys() {
      if (!isThere) throw keysUnavailable(failure)
      if (nowMs() - askedForKidAt >= unknownKidPauseMs) {
        askedForKidAt = nowMs()
        refresh().catch(() => {})
      }
      await fetching?.catch(() => {})
      if (failure !== undefined) throw keysUnavailable(failure)
    },

    /** Resolves once there is a set. */
    async ready() {
      if (!isThere) throw new Error('the keys were not fetched yet', { cause: failure })
    },

    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** `fetch` says "fetch failed", and keeps what happened for the cause. */
const reasonOf = (error: unknown) => {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException }
  return cause ? `${message} (${cause.code ?? cause.message})` : message
}
