import { prettyFactory } from 'pino-pretty'

type LogPrinterOptions = { color: boolean; write: (text: string) => void }

const sourceWidth = 16

/**
 * Prints the lines of all processes for a person: time, who, what. JSON lines (the services', and nginx's access log) are laid out; of
 * Postgres only what is a warning or worse; anything else as it is.
 */
export function createLogPrinter({ color, write }: LogPrinterOptions) {
  const pretty = prettyFactory({
    colorize: color,
    translateTime: 'SYS:HH:MM:ss',
    ignore:
      'pid,hostname,service,source,level,method,path,route,status,ms,seconds,bytes,upstreamStatus,upstreamSeconds',
    singleLine: true,
    messageFormat: (log, messageKey) => {
      const { level = 'info', source, [messageKey]: message = '' } = log
      const prefix = level === 'info' ? '' : `${String(level).toUpperCase()} `
      return `${String(source).padEnd(sourceWidth)} ${prefix}${message}${describeRequest(log)}`
    },
  })

  return function print(source: string, line: string) {
    const entry = parseEntry(line)
    if (entry) write(pretty({ ...entry, source }))
    else if (source !== 'postgres' || isPostgresTrouble(line))
      write(`           ${source.padEnd(sourceWidth)} ${line}\n`)
  }
}

/** " POST /login 200 61 ms" of a line about a request. */
function describeRequest({ method, path, route, status, ms, seconds }: Record<string, unknown>): string {
  if (method === undefined) return ''
  return ` ${method} ${path ?? route} ${status} ${ms ?? Math.round(Number(seconds) * 1000)} ms`
}

// "Starting up" is what we are told while we wait for it.
const isPostgresTrouble = (line: string) =>
  /\b(WARNING|ERROR|FATAL|PANIC):/.test(line) && !line.includes('the database system is starting up')

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return withoutEmptyFields(JSON.parse(line) as Record<string, unknown>)
  } catch {
    return undefined
  }
}

/** nginx writes a field for what a request did not have. */
const withoutEmptyFields = (entry: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== ''))
