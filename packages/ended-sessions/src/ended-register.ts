// Clocks of two machines may differ, and an entry too many costs 200 bytes.
const marginSeconds = 60
const sweepEveryMs = 60_000
// No access token lives longer (ACCESS_TOKEN_SECONDS), whatever a forged notification says.
const longestSeconds = 86_400

/**
 * The sessions known to have ended, each for as long as a token of it can live and a minute more, which bounds the memory. `nowMs` is in
 * milliseconds since the epoch.
 */
export function createEndedRegister({ nowMs }: { nowMs: () => number }) {
  const untilBySid = new Map<string, number>()
  let sweptAtMs = nowMs()

  return {
    has: (sid: string) => untilBySid.has(sid),
    /** Whether it was news. `until` is in seconds since the epoch, and never earlier than one it was told before. */
    add(sid: string, until: number): boolean {
      const known = untilBySid.get(sid)
      untilBySid.set(sid, Math.max(known ?? 0, Math.min(until, nowMs() / 1000 + longestSeconds)))
      return known === undefined
    },
    /** Forgets those whose tokens have all expired; at most once a minute, because it looks at each. */
    sweep() {
      if (nowMs() - sweptAtMs < sweepEveryMs) return
      sweptAtMs = nowMs()
      const past = sweptAtMs / 1000 - marginSeconds
      for (const [sid, until] of untilBySid) if (until < past) untilBySid.delete(sid)
    },
    get size() {
      return untilBySid.size
    },
  }
}
