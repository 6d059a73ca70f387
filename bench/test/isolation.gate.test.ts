import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokenPromises, measureIsolation } from '../src/judge-isolation.js'
import { startLabServer } from '../src/lab-server.js'
import { startLoadGenerator } from '../src/load.js'
import { type BenchStack, gatewayEdits, profilePath, startBenchStack } from '../src/stack.js'

/** Another program may take the cores for a while, so the promise counts as kept when it is once. Every attempt is printed. */
const attempts = 3

let stack: BenchStack
const load = startLoadGenerator()
beforeAll(async () => {
  stack = await startBenchStack()
})
afterAll(async () => {
  load.stop()
  await stack?.stop()
})

async function measure(gatewayUrl: string, authUrl: string, rounds: number) {
  const target = {
    loginUrl: gatewayUrl,
    profileUrl: `${gatewayUrl}${profilePath}`,
    validateUrl: `${authUrl}/validate`,
    tokens: stack.signTokens(2000),
  }
  const isolation = await measureIsolation(load, target, rounds)
  const { slowdown, loginShare, failedPercent } = isolation
  const broken = brokenPromises(isolation)
  process.stdout.write(
    `isolation: p99 flood ÷ idle ${slowdown.toFixed(1)}, logins ${loginShare.toFixed(2)} of the cores, ` +
      `${failedPercent.toFixed(1)} % failed: ${broken.length === 0 ? 'kept' : 'broken'}\n`,
  )
  return broken
}

test(`a flood of logins leaves profile reads alone and gets its share (best of ${attempts})`, async () => {
  let broken: string[] = []
  for (let attempt = 1; attempt <= attempts; attempt++) {
    broken = await measure(stack.url, stack.auth.url, 3)
    if (broken.length === 0) return
  }
  expect(broken).toEqual([])
})

test('with passwords compared on the main thread the same measurement fails', async () => {
  const server = await startLabServer(stack, 'main-sync')
  try {
    const gatewayUrl = await stack.startEditedGateway(gatewayEdits.authAt(server.port))
    expect(await measure(gatewayUrl, server.url, 1)).not.toEqual([])
  } finally {
    await server.stop()
  }
})
