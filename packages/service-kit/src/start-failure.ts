import { EnvError } from './env.js'

/** Why a service could not start, for a person: a line a mistake, and a stack only for what nobody expected. */
export function describeStartFailure(service: string, error: unknown): string {
  if (error instanceof EnvError) return error.mistakes.map((mistake) => `${service}: ${mistake}\n`).join('')
  if (!(error instanceof Error)) return `${service}: ${String(error)}\n`
  // What the system refused (a port in use, a file not readable) is said by its message.
  return `${service}: ${'syscall' in error ? error.message : error.stack}\n`
}
