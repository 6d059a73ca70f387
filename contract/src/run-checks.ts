import { CannotCheck, type Check, type CheckGroup } from './check.js'
import type { Target } from './target.js'

export type Outcome = {
  title: string
  name: string
  expected: string
  got: string
  result: 'passed' | 'failed' | 'not run'
}

/** Runs the checks one after another, because some look at the clock, and tells of each as soon as it is known. */
export async function* runChecks(
  groups: CheckGroup[],
  target: Target,
  { hasKey }: { hasKey: boolean },
): AsyncGenerator<Outcome> {
  for (const { title, checks } of groups) {
    for (const check of checks) {
      const about = { title, name: check.name, expected: check.expected }
      if (check.needsKey && !hasKey) yield { ...about, got: '', result: 'not run' }
      else yield { ...about, ...(await runCheck(check, target)) }
    }
  }
}

async function runCheck({ expected, run, accepts }: Check, target: Target): Promise<Pick<Outcome, 'got' | 'result'>> {
  try {
    const got = await run(target)
    return { got, result: (accepts?.(got) ?? got === expected) ? 'passed' : 'failed' }
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error
    return { got: error.message, result: 'failed' }
  }
}
