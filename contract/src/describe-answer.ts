import type { Answer } from './ask.js'

/** "200", "401 bad-credentials", or a status and why its body is not the problem (RFC 9457) an error has to be. */
export function describeAnswer(answer: Answer): string {
  if (answer.status < 400) return String(answer.status)
  const problem = jsonObject(answer)
  const wrong = whyNoProblem(answer, problem)
  return `${answer.status} ${wrong ? `but no problem+json: ${wrong}` : problem?.code}`
}

function whyNoProblem({ status, headers }: Answer, problem: Record<string, unknown> | undefined): string | undefined {
  if (mediaType(headers['content-type']) !== 'application/problem+json') {
    return `Content-Type is ${headers['content-type'] ?? 'missing'}`
  }
  if (!problem) return 'the body is no JSON object'
  if (problem.status !== status) return `status is ${JSON.stringify(problem.status)}`
  if (typeof problem.code !== 'string' || !/^[a-z0-9-]+$/.test(problem.code)) {
    return `code is ${JSON.stringify(problem.code)}`
  }
  return ['type', 'title', 'requestId']
    .filter((name) => typeof problem[name] !== 'string')
    .map((name) => `${name} is ${JSON.stringify(problem[name])}`)[0]
}

/** The body, when it is a JSON object. */
export function jsonObject({ body }: Pick<Answer, 'body'>): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** A media type without its parameters. */
export const mediaType = (contentType: string | undefined) => contentType?.split(';')[0]?.trim().toLowerCase()
