import { spawn } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, inject, it } from 'vitest'
import { failedChecks } from './failed-checks.js'
import { signingKey } from './model-service.js'

const main = fileURLToPath(new URL('../../auth-service/dist/main.js', import.meta.url))

/** The compiled service on a port of its own, and how to stop it. */
async function startAuthService(engine: string, keys: Record<string, string>) {
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
      ...keys,
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

const pemOf = ({ privateKey }: { privateKey: KeyObject }) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const keys = {
  // The secret, which every one of them has, signs.
  HS256: {},
  ES256: { JWT_PRIVATE_KEY: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })) },
  RS256: { JWT_PRIVATE_KEY: pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 })) },
}
const services = [
  { engine: 'cpp', algorithm: 'HS256' },
  { engine: 'rust', algorithm: 'HS256' },
  { engine: 'cpp', algorithm: 'ES256' },
  { engine: 'rust', algorithm: 'RS256' },
] as const

it.each(services)(
  'auth-service with the engine $engine, signing with $algorithm, keeps the contract',
  {
    timeout: 120_000,
  },
  async ({ engine, algorithm }) => {
    const { url, stop } = await startAuthService(engine, keys[algorithm])
    try {
      expect(await failedChecks(url)).toEqual([])
    } finally {
      expect(await stop()).toBe(0)
    }
  },
)
