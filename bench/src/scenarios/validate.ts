import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTemporaryFolder, startDatabase } from 'local-stack'
import { measureCapacity, writeLines } from '../closed-loop.js'
import { cpuSeconds } from '../cpu.js'
import { authServiceProgram, program } from '../programs.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, seriesOf } from '../series.js'
import { type Server, startServer } from '../start-server.js'
import { signTokens } from '../tokens.js'

export const validate: Scenario = {
  title: 'Validate',
  method:
    'GET /validate on 64 kept-alive connections, 300 tokens in turn, straight at the server: ours, and the same in plain Express 5 with ' +
    'jsonwebtoken, given the secret as a string (what tutorials do) or as a KeyObject. New tokens: 30,000 in turn, three times what ours ' +
    'remembers, so that each is verified. CPU is user and system time of all threads of the server process.',
  seconds: { full: 30, quick: 16 },
  run: measure,
}

const names = ['auth-service', 'auth-service-new-tokens', 'express-key-object', 'express-string-secret'] as const

type Sample = { perSecond: number; cpuMicroseconds: number }

async function measure(run: Run): Promise<Outcome> {
  const { folder, remove } = makeTemporaryFolder()
  const database = await startDatabase(folder)
  const secret = readFileSync(join(folder, 'secrets/auth/jwt_secret'), 'utf8')
  const env = { JWT_SECRET: secret, REFRESH_TOKEN_SECRET: secret, DATABASE_URL: database.roleUrl('auth_service') }
  const seenTokens = writeLines(join(folder, 'seen-tokens'), signTokens(secret, 300))
  const newTokens = writeLines(join(folder, 'new-tokens'), signTokens(secret, 30_000))
  const servers: Server[] = []
  const start = async (file: string, ...args: string[]) => {
    const server = await startServer({ file, args, env })
    servers.push(server)
    return server
  }
  try {
    const ours = await start(authServiceProgram)
    const keyObject = await start(program('servers/plain-express.js'), 'key-object')
    const string = await start(program('servers/plain-express.js'), 'string')

    const sampleOf =
      (server: Server, seconds: number, tokensFile = seenTokens) =>
      async (): Promise<Sample> => {
        const cpuBefore = cpuSeconds(server.pid)
        const { requests, perSecond } = await measureCapacity({ url: `${server.url}/validate`, tokensFile, seconds })
        return { perSecond, cpuMicroseconds: ((cpuSeconds(server.pid) - cpuBefore) / requests) * 1e6 }
      }
    run.say('warming up')
    for (const server of servers) await sampleOf(server, 1)()
    const seconds = 1
    const samples = await alternate(run, {
      'auth-service': sampleOf(ours, seconds),
      'auth-service-new-tokens': sampleOf(ours, seconds, newTokens),
      'express-key-object': sampleOf(keyObject, seconds),
      'express-string-secret': sampleOf(string, seconds),
    })
    return describe(samples)
  } finally {
    for (const server of servers) await server.stop()
    await database.stop()
    remove()
  }
}

function describe(samples: Record<(typeof names)[number], Sample[]>): Outcome {
  const rate = (of: (typeof names)[number]) =>
    seriesOf(samples[of], of)('rate', 'requests', '/s', ({ perSecond }) => perSecond)
  const cpu = (of: (typeof names)[number]) =>
    seriesOf(samples[of], of)('cpu', 'CPU a request', 'µs', ({ cpuMicroseconds }) => cpuMicroseconds)
  return {
    series: [
      ...names.flatMap((name) => [rate(name), cpu(name)]),
      ratio({
        key: 'rate-over-express',
        name: 'requests/s, auth-service ÷ plain Express with a KeyObject',
        over: rate('auth-service'),
        under: rate('express-key-object'),
        goal: { atLeast: 4, aim: 8 },
      }),
      ratio({
        key: 'new-tokens-rate-over-express',
        name: 'requests/s with new tokens, auth-service ÷ plain Express with a KeyObject',
        over: rate('auth-service-new-tokens'),
        under: rate('express-key-object'),
      }),
      ratio({
        key: 'rate-over-express-string',
        name: 'requests/s, auth-service ÷ plain Express with a string secret',
        over: rate('auth-service'),
        under: rate('express-string-secret'),
      }),
      ratio({
        key: 'cpu-over-express',
        name: 'CPU a request, auth-service ÷ plain Express with a KeyObject',
        over: cpu('auth-service'),
        under: cpu('express-key-object'),
        goal: { atMost: 0.4 },
      }),
      ratio({
        key: 'new-tokens-cpu-over-express',
        name: 'CPU a request with new tokens, auth-service ÷ plain Express with a KeyObject',
        over: cpu('auth-service-new-tokens'),
        under: cpu('express-key-object'),
      }),
    ],
    charts: [
      {
        kind: 'bars',
        name: 'validate-rate',
        title: 'Validations a second',
        unit: 'requests/s',
        groups: names,
        bars: ['rate'],
      },
      { kind: 'bars', name: 'validate-cpu', title: 'CPU a validation', unit: 'µs', groups: names, bars: ['cpu'] },
    ],
  }
}
