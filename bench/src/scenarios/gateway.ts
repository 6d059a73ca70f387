import { measureCapacity } from '../closed-loop.js'
import { alternate } from '../rounds.js'
import type { Outcome, Run, Scenario } from '../scenario.js'
import { ratio, seriesOf } from '../series.js'
import { gatewayEdits, profilePath, startBenchStack } from '../stack.js'

export const gateway: Scenario = {
  title: 'Gateway',
  method:
    'GET of the profile through nginx on 64 kept-alive connections, against the same route with the auth_request lines removed. ' +
    'In both the API verifies the token itself and reads Postgres, so only the gate is compared. Cold: no token is met twice within a ' +
    'minute; the verdict cache off: every request asks auth-service and nothing is stored.',
  seconds: { full: 52, quick: 10 },
  run: measure,
}

/** More than are used within the life of a verdict, whatever the machine. */
const coldTokens = 50_000

const variants = {
  open: { name: 'no auth at the gate', tokens: 300, edits: gatewayEdits.withoutAuth },
  warm: { name: 'protected, 300 tokens (warm)', tokens: 300, edits: [], goal: { atLeast: 0.9, aim: 0.97 } },
  cold: {
    name: 'protected, every request another token (cold)',
    tokens: coldTokens,
    edits: [],
    goal: { atLeast: 0.45, aim: 0.6 },
  },
  uncached: { name: 'protected, verdict cache off', tokens: 300, edits: gatewayEdits.withoutVerdictCache },
} as const

type Name = keyof typeof variants
const names = Object.keys(variants) as Name[]

async function measure(run: Run): Promise<Outcome> {
  const stack = await startBenchStack()
  try {
    run.say('signing tokens')
    const seconds = run.quick ? 1 : 2
    const measured: Partial<Record<Name, () => Promise<number>>> = {}
    for (const name of names) {
      const { tokens, edits } = variants[name]
      const url = `${await stack.startEditedGateway([...edits])}${profilePath}`
      const target = { url, tokensFile: stack.writeTokens(`tokens-${name}`, tokens) }
      measured[name] = async () => (await measureCapacity({ ...target, seconds })).perSecond
      // Warms up.
      await measureCapacity({ ...target, seconds: 1 })
    }
    return describe(await alternate(run, measured as Record<Name, () => Promise<number>>))
  } finally {
    await stack.stop()
  }
}

function describe(samples: Record<Name, number[]>): Outcome {
  const rate = (name: Name) => seriesOf(samples[name])(name, variants[name].name, '/s', (perSecond) => perSecond)
  const protectedNames = names.filter((name) => name !== 'open')
  const shares = protectedNames.map((name) => {
    const variant = variants[name]
    return ratio({
      key: `${name}-share`,
      name: `${variant.name} ÷ no auth`,
      over: rate(name),
      under: rate('open'),
      ...('goal' in variant && { goal: variant.goal }),
    })
  })
  return {
    series: [...names.map(rate), ...shares],
    charts: [
      {
        kind: 'bars',
        name: 'gateway',
        title: 'Profile reads a second through the gateway',
        unit: 'requests/s',
        bars: names,
      },
    ],
  }
}
