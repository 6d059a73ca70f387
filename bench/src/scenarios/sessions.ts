import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { makeTemporaryFolder, startDatabase } from 'local-stack'
import { createDatabaseOfSessions, refreshTokenOf } from '../fill-database.js'
import { authServiceProgram } from '../programs.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, seriesOf } from '../series.js'
import { type Server, startServer } from '../start-server.js'
import { median } from '../statistics.js'

export const sessions: Scenario = {
  title: 'Sessions: few and many in the table',
  method:
    'A database of each size and an auth-service before each, asked in turn, one request at a time: sessions from all over the table are ' +
    'refreshed, each once, and then logged out by the refresh token that was answered. A sample is the median of one round.',
  seconds: { full: 190, quick: 40 },
  onlyWhenNamed: true,
  run: measure,
}

type Sample = { refreshMs: number; logoutMs: number }

async function measure(run: Run): Promise<Outcome> {
  const counts = run.quick ? [1e3, 1e5] : [1e3, 1e6]
  const { folder, remove } = makeTemporaryFolder()
  const database = await startDatabase(folder)
  const secret = readFileSync(join(folder, 'secrets/auth/jwt_secret'), 'utf8')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const servers: Server[] = []
  const variants: Record<string, () => Promise<Sample>> = {}
  try {
    for (const count of counts) {
      run.say(`making ${count.toLocaleString('en-US')} sessions`)
      const roleUrl = database.roleUrl('auth_service')
      const url = await createDatabaseOfSessions({ ownerUrl: database.ownerUrl, roleUrl, sessions: count })
      const env = { JWT_SECRET: secret, REFRESH_TOKEN_SECRET: secret, DATABASE_URL: url, BCRYPT_COST: '4' }
      const server = await startServer({ file: authServiceProgram, env })
      servers.push(server)
      // Spread over the table, and no session twice, the round to warm up included.
      const perRound = Math.floor(1e3 / (run.rounds + 1))
      const step = count / 1e3
      let next = 1
      variants[`sessions-${count}`] = async () => {
        const tokens = Array.from({ length: perRound }, (_, index) => refreshTokenOf(next + index * step))
        next += perRound * step
        return refreshAndLogOut(server.url, agent, tokens)
      }
    }
    run.say('warming up')
    for (const measureOnce of Object.values(variants)) await measureOnce()
    return describe(counts, await alternate(run, variants))
  } finally {
    agent.destroy()
    for (const server of servers) await server.stop()
    await database.stop()
    remove()
  }
}

async function refreshAndLogOut(url: string, agent: Agent, refreshTokens: string[]): Promise<Sample> {
  const refreshMs: number[] = []
  const logoutMs: number[] = []
  const successors: string[] = []
  for (const refreshToken of refreshTokens) {
    const { ms, body } = await post(`${url}/refresh`, agent, { refreshToken }, 200)
    refreshMs.push(ms)
    successors.push(JSON.parse(body).refreshToken)
  }
  for (const refreshToken of successors) {
    logoutMs.push((await post(`${url}/logout`, agent, { refreshToken }, 204)).ms)
  }
  return { refreshMs: median(refreshMs), logoutMs: median(logoutMs) }
}

/** How long it took, and what was answered. Throws when it was another status. */
function post(url: string, agent: Agent, body: object, status: number): Promise<{ ms: number; body: string }> {
  const text = JSON.stringify(body)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const asked = request(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('end', () => {
        if (answer.statusCode === status)
          resolve({ ms: performance.now() - startedAt, body: Buffer.concat(chunks).toString() })
        else reject(new Error(`${url} answered ${answer.statusCode}`))
      })
    })
    asked.once('error', reject)
    asked.end(text)
  })
}

function describe(counts: number[], samples: Record<string, Sample[]>): Outcome {
  const of = (act: 'refresh' | 'logout') =>
    counts.map((count) =>
      seriesOf(samples[`sessions-${count}`] ?? [])(
        `${act}-${count}`,
        `${act}, ${count.toLocaleString('en-US')} sessions`,
        'ms',
        (sample) => sample[`${act}Ms`],
      ),
    )
  const groups = [of('refresh'), of('logout')]
  const share = groups.flatMap(([under, over]) =>
    under && over
      ? [ratio({ key: `${over.key}-share`, name: `${over.name} ÷ ${under.name}`, over, under, goal: { atMost: 1.5 } })]
      : [],
  )
  return { series: [...groups.flat(), ...share], charts: [] }
}
