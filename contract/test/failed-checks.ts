import { allChecks } from '../src/all-checks.js'
import { runChecks } from '../src/run-checks.js'
import { createTarget } from '../src/target.js'
import { alice, signingKey } from './model-service.js'

/** Runs all checks and says which failed, with what they got. */
export async function failedChecks(url: URL): Promise<{ name: string; got: string }[]> {
  const target = createTarget({ url, ...alice })
  const groups = allChecks({ signingKey, nowSeconds: await target.secondsThere() })
  const failed = []
  for await (const { name, got, result } of runChecks(groups, target, { hasKey: true })) {
    if (result === 'failed') failed.push({ name, got })
  }
  return failed
}
