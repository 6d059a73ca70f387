import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts, makeTemporaryFolder, projectFolder, waitUntil } from 'local-stack'
import type { Outcome, Run, Scenario } from '../scenario.js'

export const startUp: Scenario = {
  title: 'Start',
  method:
    'npm start with everything installed and compiled, until the gateway answers: for the first time, which makes the secrets and the ' +
    'database, and again.',
  seconds: { full: 30, quick: 12 },
  run: measure,
}

async function measure({ rounds, say }: Run): Promise<Outcome> {
  const first: number[] = []
  const again: number[] = []
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`)
    const { folder, remove } = makeTemporaryFolder()
    linkCheckout(folder)
    try {
      first.push(await timeStart(folder))
      again.push(await timeStart(folder))
    } finally {
      remove()
    }
  }
  return {
    series: [
      { key: 'first', name: 'npm start, first time', unit: 's', samples: first },
      { key: 'again', name: 'npm start, again', unit: 's', samples: again },
    ],
    charts: [],
  }
}

/** A checkout with a `.local` of its own: local-stack finds the project by its own place, and everything else is a link. */
function linkCheckout(folder: string) {
  for (const name of ['local-stack/dist', 'local-stack/package.json']) {
    cpSync(join(projectFolder, name), join(folder, name), { recursive: true })
  }
  for (const name of ['node_modules', 'packages', 'auth-service', 'api-service', 'database', 'nginx', 'scripts']) {
    symlinkSync(join(projectFolder, name), join(folder, name))
  }
}

/** Seconds of the two steps of `npm start`: looking whether all is compiled, and starting. */
async function timeStart(folder: string): Promise<number> {
  const [port = 0] = await freePorts(1)
  const startedAt = performance.now()
  execFileSync('sh', [join(projectFolder, 'scripts/set-up.sh')], { stdio: 'ignore' })
  const stack = spawn(process.execPath, [join(folder, 'local-stack/dist/main.js')], {
    env: { ...process.env, GATEWAY_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(stack, 'exit')
  await waitUntil('the gateway answers', async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, {
    assertGoingOn() {
      if (stack.exitCode !== null) throw new Error(`npm start ended with ${stack.exitCode}`)
    },
  })
  const seconds = (performance.now() - startedAt) / 1000
  stack.kill('SIGTERM')
  await ended
  return seconds
}
