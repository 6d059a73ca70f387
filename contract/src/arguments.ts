import { parseArgs } from 'node:util'

export const usage = `usage: npm run contract -- [--without-key] http://HOST:PORT

Checks a running auth service against docs/contract.md. Ask the service itself, not the gateway in front of it.

  --without-key  leave out the checks that sign tokens

JWT_SECRET or JWT_SECRET_FILE                the services' key, to sign tokens with
CONTRACT_USERNAME, CONTRACT_PASSWORD         somebody who can log in (alice, password123)

Ends with 0 when all is as it should be, 1 when something is not or could not be checked, 2 when there is nothing to check.
`

/** There is nothing to check, or we do not understand what; the message is for a person. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads the command line. Throws a UsageError for what it does not understand. */
export function readArguments(args: string[]): { help: boolean; withoutKey: boolean; url: URL } {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        args,
        allowPositionals: true,
        options: {
          'without-key': { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      })
    } catch (error) {
      throw new UsageError(`${(error as Error).message.split('. ')[0]}; see npm run contract -- --help`)
    }
  })()
  const [address, ...more] = positionals
  if (values.help) return { help: true, withoutKey: false, url: new URL('http://localhost') }
  if (address === undefined || more.length > 0) throw new UsageError('Say which service, as http://HOST:PORT')
  return { help: false, withoutKey: values['without-key'], url: readUrl(address) }
}

function readUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search || url.username) {
    throw new UsageError(`"${address}" is no http://HOST:PORT`)
  }
  return url
}
