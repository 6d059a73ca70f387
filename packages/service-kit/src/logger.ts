import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

/**
 * A logger of JSON lines on standard output: `time` (ISO 8601), `level`, `service`, `msg`, and the facts in fields.
 * `redact` is the second net: nothing is meant to log these fields at all.
 */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['password', 'token', 'authorization', 'passwordHash', 'connectionString', '*.password', '*.token'],
  }
  return destination ? pino(options, destination) : pino(options)
}
