import { readFile } from 'node:fs/promises'
import { waitUntil } from 'local-stack'
import { expect } from 'vitest'
import { tokenOf } from '../client/log-in.js'
import { type Answer, bearer, send, valuesOf } from '../client/send.js'
import { type Gateway, profilePath } from './gateway.js'

/**
 * Asserts that none of the requests that were answered so reached the API: none of their ids is in its log. A last request that must
 * reach it goes after them, and once that is in the log, whatever came before it is too.
 */
export async function expectApiSawNothing(gateway: Gateway, answers: Answer[]) {
  const sentinel = await send(gateway.url, profilePath, { headers: [bearer(await tokenOf('alice', gateway.url))] })
  expect(sentinel.status, 'a valid token must pass').toBe(200)
  const sentinelId = requestIdOf(sentinel)
  await waitUntil(
    `${sentinelId}, which passed, is in the log of api-service (${gateway.apiLogFile})`,
    async () => (await loggedIds(gateway.apiLogFile)).has(sentinelId),
    { timeoutMs: 10_000 },
  )
  const logged = await loggedIds(gateway.apiLogFile)
  expect(
    answers.map(requestIdOf).filter((id) => logged.has(id)),
    'requests the API saw',
  ).toEqual([])
}

/** The id the gateway gave the request it answered so. */
export function requestIdOf(answer: Answer): string {
  const ids = valuesOf(answer, 'X-Request-Id')
  if (ids.length !== 1 || !ids[0]) throw new Error(`a ${answer.status} answer has ${ids.length} X-Request-Id`)
  return ids[0]
}

async function loggedIds(file: string): Promise<Set<string>> {
  const text = await readFile(file, 'utf8')
  return new Set(Array.from(text.matchAll(/"requestId":"([^"]+)"/g), ([, id]) => id ?? ''))
}
