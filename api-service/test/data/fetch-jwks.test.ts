import { expect, it } from 'vitest'
import { fetchJwks } from '../../src/data/fetch-jwks.js'
import { newKey, startJwksServer } from '../jwks-server.js'

it('fetches the keys that are served', async () => {
  const one = newKey()
  const server = await startJwksServer(one)
  const { algorithm, kid, publicKey } = one.key
  expect(await fetchJwks(server.url)).toEqual({ keys: [{ algorithm, kid, publicKey }], ignored: [] })
})

it.each([
  ['an error', 500, {}, 'it answered 500'],
  ['nothing new', 304, {}, 'it answered 304'],
  ['another status of success', 203, {}, 'it answered 203'],
  ['the address of another', 302, { Location: 'http://127.0.0.1:1/' }, 'fetch failed'],
])('fails on %s', async (_what, status, headers, mistake) => {
  const server = await startJwksServer()
  server.serve((_req, res) => void res.writeHead(status, headers).end(status === 304 ? undefined : '{"keys":[]}'))
  await expect(fetchJwks(server.url)).rejects.toThrow(mistake)
})

it('reads no more than it must of what is longer than 64 KB', async () => {
  const server = await startJwksServer()
  const sent = new Promise<number>((resolve) => {
    server.serve((_req, res) => {
      const more = () => {
        while (res.write(' '.repeat(16_384)));
        res.once('drain', more)
      }
      res.once('close', () => resolve(res.socket?.bytesWritten ?? Number.NaN))
      more()
    })
  })
  await expect(fetchJwks(server.url)).rejects.toThrow('it is longer than 65536 bytes')
  // The rest was on its way, in buffers.
  expect(await sent).toBeLessThan(10_000_000)
})

it.each([
  ['does not answer', () => {}],
  ['does not end its answer', (_req: unknown, res: { write(text: string): void }) => res.write('{"keys":')],
])('gives up after three seconds on one that %s', { timeout: 10_000 }, async (_what, listener) => {
  const server = await startJwksServer()
  server.serve(listener as Parameters<typeof server.serve>[0])
  const startedAt = performance.now()
  await expect(fetchJwks(server.url)).rejects.toThrow(/timeout/)
  expect(performance.now() - startedAt).toBeLessThan(5000)
})

it('fails on one that is away', async () => {
  await expect(fetchJwks('http://127.0.0.1:1/')).rejects.toThrow()
})
