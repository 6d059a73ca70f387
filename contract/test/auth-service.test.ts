import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, inject, it } from 'vitest'
import { failedChecks } from './failed-checks.js'
import { signingKey } from './model-service.js'

const main = fileURLToPath(new URL('../../auth-service/dist/main.js', import.meta.url))

/** The compiled service on a port of its own, and how to stop it. */
async function startAuthService(engine: string) {
  const service = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: inject('databaseUrls').auth,
      JWT_SECRET: signingKey.toString(),
      REFRESH_TOKEN_SECRET: 'another key for tests, of 32 bytes or more',
      CRYPTO_ENGINE: engine,
      // As the demo users' hashes are.
      BCRYPT_COST: '10',
    },
  })
  const ended = new Promise<number | null>((resolve) => service.once('exit', resolve))
  const stop = () => {
    service.kill('SIGTERM')
    return ended
  }
  for await (const line of createInterface({ input: service.stdout })) {
    const { msg, port } = JSON.parse(line)
    if (msg === 'listening') {
      service.stdout.resume()
      return { url: new URL(`http://127.0.0.1:${port}`), stop }
    }
  }
  throw new Error(`auth-service ended with ${await ended} before it listened`)
}

it.each(['cpp', 'rust'])('auth-service with the engine %s keeps the contract', { timeout: 120_000 }, async (engine) => {
  const { url, stop } = await startAuthService(engine)
  try {
    expect(await failedChecks(url)).toEqual([])
  } finally {
    expect(await stop()).toBe(0)
  }
})
