import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createJwtSigner, parsePrivateKey, toJwks } from '@auth-stack/signing-keys'
import { onTestFinished } from 'vitest'
import { now } from './start-api-service.js'

/** A key of an auth-service, and what it signs. */
export function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  const sign = createJwtSigner(key)
  const claims = { iss: 'auth-service', aud: 'api-service', sub: '1', iat: now - 10, exp: now + 890 }
  return { key, tokenWith: (changes: object = {}) => sign({ ...claims, ...changes }) }
}

/** Somebody who answers for a key set, differently at each wish, and counts. Stopped after the test. */
export async function startJwksServer(...keys: ReturnType<typeof newKey>[]) {
  const server = createServer((req, res) => {
    asked++
    answer(req, res)
  })
  let asked = 0
  let answer: RequestListener
  const serveKeys = (...served: ReturnType<typeof newKey>[]) => {
    const body = JSON.stringify(toJwks(served.map(({ key }) => key)))
    answer = (_req, res) => void res.setHeader('Content-Type', 'application/json').end(body)
  }
  serveKeys(...keys)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    get asked() {
      return asked
    },
    serveKeys,
    serve: (changed: RequestListener) => {
      answer = changed
    },
  }
}
