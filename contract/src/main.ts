import { randomBytes } from 'node:crypto'
import { EnvError, hmacKey, readEnv } from '@auth-stack/service-kit'
import { z } from 'zod'
import { allChecks } from './all-checks.js'
import { readArguments, UsageError, usage } from './arguments.js'
import { CannotCheck } from './check.js'
import { createReport } from './report.js'
import { runChecks } from './run-checks.js'
import { createTarget } from './target.js'

const say = (text: string) => process.stdout.write(`${text}\n`)

const readConfig = () =>
  readEnv(
    {
      /** The key of the services; without it, what needs a signature is left out. */
      JWT_SECRET: hmacKey().optional(),
      CONTRACT_USERNAME: z.string().default('alice'),
      CONTRACT_PASSWORD: z.string().default('password123'),
    },
    process.env,
  )

async function main(): Promise<number> {
  const { help, withoutKey, url } = readArguments(process.argv.slice(2))
  if (help) {
    process.stdout.write(usage)
    return 0
  }
  const config = readConfig()
  const hasKey = config.JWT_SECRET !== undefined && !withoutKey
  const target = createTarget({ url, username: config.CONTRACT_USERNAME, password: config.CONTRACT_PASSWORD })
  const nowSeconds = await target.secondsThere().catch((error: unknown) => {
    throw error instanceof CannotCheck ? new UsageError(`${url.origin}: ${error.message}`) : error
  })

  const groups = allChecks({ signingKey: config.JWT_SECRET ?? randomBytes(32), nowSeconds })
  const report = createReport(groups)
  say(report.head())
  for await (const outcome of runChecks(groups, target, { hasKey })) report.rows(outcome).forEach(say)
  say(`\n${report.summary()}`)

  const leftOut = report.counts['not run'] > 0 && !withoutKey
  if (leftOut) say('Set JWT_SECRET or JWT_SECRET_FILE to run them all, or say --without-key')
  return report.counts.failed > 0 || leftOut ? 1 : 0
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    const isMistake = error instanceof UsageError || error instanceof EnvError
    process.stderr.write(`${isMistake ? error.message : (error as Error).stack}\n`)
    process.exitCode = 2
  },
)
