import { readdirSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { startOwnStack } from './stack/own-stack.js'

/**
 * Which gateway the suite talks to: with `BASE_URL` that one, else one of its own. A deployment must say in `API_LOG_FILE` where the
 * log of its api-service is being written, because half of what is tested is that the API was never asked.
 */
export async function setup(project: TestProject) {
  const { BASE_URL = '', API_LOG_FILE } = process.env
  // Where it is not set, Vite puts its own base path there, which is a slash.
  if (['', '/'].includes(BASE_URL)) {
    const stack = await startOwnStack()
    provide(project, { url: stack.url, apiLogFile: stack.apiLogFile, isLocal: true })
    return stack.stop
  }
  if (!API_LOG_FILE) {
    throw new Error(
      'With BASE_URL, set API_LOG_FILE to a file that the log of api-service is appended to: docker compose logs -f --no-log-prefix api-service > FILE &',
    )
  }
  const groups = readdirSync(new URL('local', import.meta.url)).map((name) => name.replace('.test.ts', ''))
  process.stdout.write(
    `gateway-tests: only on a stack of our own, so not run against ${BASE_URL}: ${groups.join(', ')}\n`,
  )
  provide(project, { url: BASE_URL, apiLogFile: API_LOG_FILE, isLocal: false })
}

function provide(project: TestProject, { url, apiLogFile, isLocal }: GatewayUnderTest & { isLocal: boolean }) {
  project.provide('gateway', { url, apiLogFile })
  project.provide('isLocal', isLocal)
}

type GatewayUnderTest = { url: string; apiLogFile: string }

declare module 'vitest' {
  interface ProvidedContext {
    /** The gateway the tests talk to, and where the log of the API behind it is. */
    gateway: GatewayUnderTest
    /** Whether it is one of our own, whose parts may be stopped, frozen and replaced. */
    isLocal: boolean
  }
}
