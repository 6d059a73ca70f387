import { parseArgs } from 'node:util'
import { StackError } from './stack-error.js'

export const usage = `usage: npm start -- [--auth ENGINE:COUNT,…] [--api COUNT]

  --auth cpp:1,rust:1   instances of auth-service by engine (this is the default)
  --api 1               instances of api-service

GATEWAY_PORT is the port to listen on (80 where it can be had, or else 8080). Everything is kept in .local/; npm run reset empties it.
`

const maxInstances = 16

/** Reads the command line of `npm start`. Throws a StackError for what it does not understand. */
export function readArguments(args: string[]) {
  const values = (() => {
    try {
      return parseArgs({
        args,
        options: {
          auth: { type: 'string', default: 'cpp:1,rust:1' },
          api: { type: 'string', default: '1' },
          help: { type: 'boolean', short: 'h', default: false },
        },
      }).values
    } catch (error) {
      throw new StackError(`${(error as Error).message.split('. ')[0]}; see npm start -- --help`)
    }
  })()
  return {
    help: values.help,
    authEngines: values.auth.split(',').flatMap((part) => {
      const { engine = '', count = '1' } = /^(?<engine>[^:]*)(:(?<count>.*))?$/.exec(part)?.groups ?? {}
      if (!['cpp', 'rust'].includes(engine))
        throw new StackError(`--auth: "${engine}" is no engine; there are cpp and rust`)
      return Array<string>(instances('--auth', count)).fill(engine)
    }),
    apiInstances: instances('--api', values.api),
  }
}

function instances(option: string, text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > maxInstances) {
    throw new StackError(`${option}: "${text}" is no number of instances from 1 to ${maxInstances}`)
  }
  return count
}
