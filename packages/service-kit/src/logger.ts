import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

/** Where lines go: a stream, or anything that can be written to. */
type Destination = DestinationStream & { on?(event: 'error', listener: () => void): unknown }

/**
 * A logger of JSON lines: `time` (ISO 8601), `level`, `service`, `msg`, and the facts in fields. When whoever reads them has gone, they
 * are lost and the service goes on: pino's own destination would try again for ever, and block the event loop meanwhile.
 * `redact` is the second net: nothing is meant to log these fields at all.
 */
export function createLogger(service: string, level: string, destination: Destination): Logger {
  destination.on?.('error', () => {})
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      redact: ['password', 'token', 'authorization', 'passwordHash', 'connectionString', '*.password', '*.token'],
    },
    destination,
  )
}
