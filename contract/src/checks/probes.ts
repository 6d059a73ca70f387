import type { Answer } from '../ask.js'
import type { Check } from '../check.js'
import { describeAnswer, jsonObject, mediaType } from '../describe-answer.js'

const probe = (path: string): Check => ({
  name: path,
  expected: '200 {"status":"OK",…}',
  run: async (target) => describeProbe(await target.ask({ path })),
})

const unknownPath = (path: string): Check => ({
  name: `GET ${path}`,
  expected: '404 not-found',
  run: async (target) => describeAnswer(await target.ask({ path })),
})

export const probeChecks: Check[] = [
  ...['/livez', '/readyz', '/healthz'].map(probe),
  // Paths match exactly, as they do in nginx.
  ...['/nothing-here', '/LOGIN', '/login/'].map(unknownPath),
]

function describeProbe(answer: Answer): string {
  const isJson = mediaType(answer.headers['content-type']) === 'application/json'
  const status = isJson ? jsonObject(answer)?.status : undefined
  return status === undefined
    ? `${answer.status} without a status in JSON`
    : `${answer.status} {"status":"${status}",…}`
}
