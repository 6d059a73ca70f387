import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcrypt'
import { makeTemporaryFolder, startDatabase } from 'local-stack'
import { measureCapacity, writeLines } from '../closed-loop.js'
import { createFilledDatabase, filledPassword, loginBody } from '../fill-database.js'
import { startLoadGenerator } from '../load.js'
import { measureLogins } from '../logins.js'
import { authServiceProgram } from '../programs.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, type Series, seriesOf } from '../series.js'
import { type Server, startServer } from '../start-server.js'
import { signTokens } from '../tokens.js'

export const growth: Scenario = {
  title: 'Growth: users and tokens',
  method:
    'A database of each size and an auth-service before each, asked in turn: logins of random users (bcrypt at cost 4 here, so that a ' +
    'slower look-up would show), validations, and, at the largest, validations with few and with many tokens in use.',
  seconds: { full: 64, quick: 18 },
  run: measure,
}

const tokenCounts = [10, 10_000]
const bcryptCost = 4

async function measure(run: Run): Promise<Outcome> {
  const userCounts = run.quick ? [1e3, 1e5] : [1e3, 1e5, 1e6]
  const { folder, remove } = makeTemporaryFolder()
  const database = await startDatabase(folder)
  const secret = readFileSync(join(folder, 'secrets/auth/jwt_secret'), 'utf8')
  const passwordHash = await bcrypt.hash(filledPassword, bcryptCost)
  const load = startLoadGenerator()
  const servers: Server[] = []
  const variants: Record<string, () => Promise<number>> = {}
  try {
    const files = tokenCounts.map((count) => writeLines(join(folder, `tokens-${count}`), signTokens(secret, count)))
    const validateAt = (server: Server, tokensFile: string) => async () =>
      (await measureCapacity({ url: `${server.url}/validate`, tokensFile, seconds: 1 })).perSecond

    for (const users of userCounts) {
      run.say(`making ${users.toLocaleString('en-US')} users`)
      const roleUrl = database.roleUrl('auth_service')
      const url = await createFilledDatabase({ ownerUrl: database.ownerUrl, roleUrl, users, passwordHash })
      const env = {
        JWT_SECRET: secret,
        REFRESH_TOKEN_SECRET: secret,
        DATABASE_URL: url,
        BCRYPT_COST: String(bcryptCost),
      }
      const server = await startServer({ file: authServiceProgram, env })
      servers.push(server)
      const bodies = Array.from({ length: 5000 }, () => loginBody(randomInt(1, users + 1)))
      variants[`login-${users}`] = async () =>
        (await measureLogins(load, { urls: [server.url], bodies }, 1)).loginsPerSecond
      if (ends(userCounts).includes(users)) variants[`validate-${users}`] = validateAt(server, files[0] ?? '')
    }
    const largest = servers.at(-1) as Server
    for (const [index, count] of tokenCounts.entries())
      variants[`tokens-${count}`] = validateAt(largest, files[index] ?? '')
    run.say('warming up')
    for (const measureOnce of Object.values(variants)) await measureOnce()
    return describe(userCounts, await alternate(run, variants))
  } finally {
    load.stop()
    for (const server of servers) await server.stop()
    await database.stop()
    remove()
  }
}

/** The least and the most: enough where no database is read. */
const ends = (counts: number[]) => [...counts.slice(0, 1), ...counts.slice(-1)]

function describe(userCounts: number[], samples: Record<string, number[]>): Outcome {
  const rates = (what: string, name: string, counts: number[], of: string) =>
    counts.map((count) => {
      const key = `${what}-${count}`
      return seriesOf(samples[key] ?? [])(key, `${name}, ${count.toLocaleString('en-US')} ${of}`, '/s', (rate) => rate)
    })
  const groups = [
    rates('login', 'logins', userCounts, 'users'),
    rates('validate', 'validations', ends(userCounts), 'users'),
    rates('tokens', 'validations', tokenCounts, 'tokens'),
  ]
  const mostOverLeast = (series: Series[]) => {
    const [under, over] = [series.at(0), series.at(-1)]
    return under && over ? [ratio({ key: `${over.key}-share`, name: `${over.name} ÷ ${under.name}`, over, under })] : []
  }
  return {
    series: [...groups.flat(), ...groups.flatMap(mostOverLeast)],
    charts: [
      {
        kind: 'bars',
        name: 'growth',
        title: 'Capacity as users and tokens grow',
        unit: 'requests/s',
        logarithmic: true,
        bars: groups.flat().map(({ key }) => key),
      },
    ],
  }
}
