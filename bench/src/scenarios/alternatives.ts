import { join } from 'node:path'
import { measureCapacity } from '../closed-loop.js'
import { cpuSeconds } from '../cpu.js'
import { program } from '../programs.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, seriesOf } from '../series.js'
import { gatewayEdits, profilePath, startBenchStack } from '../stack.js'
import { type Server, startServer } from '../start-server.js'

export const alternatives: Scenario = {
  title: 'Ways not taken',
  method:
    'Token paths: GET /validate on 64 connections, 300 tokens in turn, straight at a server that takes a token one of four ways. Gates: ' +
    'GET of the profile through nginx with the verdict cache off and a browser’s headers, where nginx asks auth-service by TCP with the ' +
    'one header it needs, by a Unix socket, or with all headers.',
  seconds: { full: 50, quick: 24 },
  run: measure,
}

const pathNames = ['inline', 'one-hop-each', 'batched', 'batched-and-remembered'] as const
const gateNames = ['tcp-one-header', 'unix-socket', 'all-headers'] as const

type Name = (typeof pathNames)[number] | (typeof gateNames)[number]
type Sample = { perSecond: number; cpuMicroseconds: number }

// What a browser sends along, in kind and size.
const browserHeaders = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  Accept: 'application/json, text/plain, */*',
  'Accept-Language': 'en-GB,en;q=0.8,de;q=0.5',
  'Accept-Encoding': 'identity',
  Referer: 'http://localhost/account/profile?tab=settings',
  Cookie: `theme=dark; consent=${'x'.repeat(200)}; visitor=${'y'.repeat(100)}`,
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Site': 'same-origin',
}

async function measure(run: Run): Promise<Outcome> {
  const stack = await startBenchStack()
  const servers: Server[] = []
  try {
    const env = { JWT_SECRET: stack.signingKey, SOCKET: join(stack.folder, 'auth.sock') }
    const tokensFile = stack.writeTokens('tokens', 300)
    const seconds = 1
    const measured: Partial<Record<Name, () => Promise<Sample>>> = {}
    const add = (name: Name, url: string, pid: number, headers?: Record<string, string>) => {
      measured[name] = async () => {
        const before = cpuSeconds(pid)
        const { requests, perSecond } = await measureCapacity({ url, tokensFile, seconds, ...(headers && { headers }) })
        return { perSecond, cpuMicroseconds: ((cpuSeconds(pid) - before) / requests) * 1e6 }
      }
    }
    for (const name of pathNames) {
      const { SOCKET, ...others } = env
      const server = await startServer({
        file: program('servers/token-paths.js'),
        args: [name],
        env: name === 'batched' ? { ...others, SOCKET } : others,
      })
      servers.push(server)
      add(name, `${server.url}/validate`, server.pid)
      if (name !== 'batched') continue
      const gates = {
        'tcp-one-header': gatewayEdits.authAt(server.port),
        'unix-socket': gatewayEdits.authAt(`unix:${SOCKET}`),
        'all-headers': [...gatewayEdits.authAt(server.port), ...gatewayEdits.withAllHeaders],
      }
      for (const gate of gateNames) {
        const url = await stack.startEditedGateway([...gates[gate], ...gatewayEdits.withoutVerdictCache])
        add(gate, `${url}${profilePath}`, server.pid, browserHeaders)
      }
    }
    run.say('warming up')
    for (const name of [...pathNames, ...gateNames]) await measured[name]?.()
    return describe(await alternate(run, measured as Record<Name, () => Promise<Sample>>))
  } finally {
    for (const server of servers) await server.stop()
    await stack.stop()
  }
}

function describe(samples: Record<Name, Sample[]>): Outcome {
  const rate = (of: Name) => seriesOf(samples[of], of)('rate', 'requests', '/s', ({ perSecond }) => perSecond)
  const cpu = (of: Name) =>
    seriesOf(samples[of], of)('cpu', 'CPU a validation', 'µs', ({ cpuMicroseconds }) => cpuMicroseconds)
  const share = (of: Name, under: Name) =>
    ratio({ key: `${of}-over-${under}`, name: `requests/s, ${of} ÷ ${under}`, over: rate(of), under: rate(under) })
  return {
    series: [
      ...[...pathNames, ...gateNames].flatMap((name) => [rate(name), cpu(name)]),
      share('one-hop-each', 'inline'),
      share('batched', 'inline'),
      share('batched-and-remembered', 'inline'),
      share('unix-socket', 'tcp-one-header'),
      share('all-headers', 'tcp-one-header'),
    ],
    charts: [],
  }
}
