/** Prints lines with the time that has passed and that which is left. */
export function createProgress(estimatesSeconds: number[], write: (line: string) => void) {
  const startedAt = performance.now()
  let scenario = -1
  let scenarioStartedAt = startedAt
  const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

  return {
    next() {
      scenario++
      scenarioStartedAt = performance.now()
    },
    say(text: string) {
      const now = performance.now()
      const ofThis = (estimatesSeconds[scenario] ?? 0) - (now - scenarioStartedAt) / 1000
      const ofOthers = estimatesSeconds.slice(scenario + 1).reduce((sum, seconds) => sum + seconds, 0)
      write(`${clock((now - startedAt) / 1000)}, about ${clock(Math.max(0, ofThis) + ofOthers)} left   ${text}\n`)
    },
    /** Since the current scenario began. */
    scenarioSeconds: () => (performance.now() - scenarioStartedAt) / 1000,
  }
}
