import { setTimeout as sleep } from 'node:timers/promises'
import { StackError } from './stack-error.js'

const pauseMs = 25

/** Asks again and again until the answer is yes. `assertGoingOn` throws when there is no more point in asking. */
export async function waitUntil(
  what: string,
  isSo: () => Promise<boolean>,
  { timeoutMs = 30_000, assertGoingOn = () => {} }: { timeoutMs?: number; assertGoingOn?: () => void } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isSo().catch(() => false))) {
    assertGoingOn()
    if (Date.now() > deadline) throw new StackError(`${what}: not so after ${timeoutMs / 1000} seconds`)
    await sleep(pauseMs)
  }
}

/** Whether a GET of this URL answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
  await response.arrayBuffer()
  return response.ok
}
