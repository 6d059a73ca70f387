import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from 'local-stack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendLogin, tokenOf } from '../client/log-in.js'
import { bearer, send } from '../client/send.js'
import { goodClaims, signToken } from '../client/sign-token.js'
import { type BreakableStack, startBreakableStack } from './breakable-stack.js'
import { type Act, acts, failureModes, wrongClock } from './failure-modes.js'
import { renderTable, type Seen } from './failure-modes-table.js'

let stack: BreakableStack
const measured = new Map<string, Seen>()

beforeAll(async () => {
  stack = await startBreakableStack()
})
afterAll(() => stack?.stop())

let tokenNumber = 0
/** A token of its own, so that no remembered verdict answers for the services. */
const anotherToken = () => signToken(goodClaims({ jti: `token-${tokenNumber++}` }), stack.signingKey)

const ask: Record<Act, (url: string) => Promise<number>> = {
  protected: async (url) =>
    (await send(url, '/api/v1/user/profile', { headers: [bearer(anotherToken())], timeoutMs: 20_000 })).status,
  'without a token': async (url) => (await send(url, '/api/v1/user/profile', { timeoutMs: 20_000 })).status,
  login: async (url) => (await sendLogin(url)).status,
}

const usual: Record<Act, number> = { protected: 200, 'without a token': 401, login: 200 }

/** Asks for each thing until it is answered as usual. */
async function untilUsual() {
  for (const act of acts) while ((await ask[act](stack.url)) !== usual[act]);
}

it.each(failureModes.map((mode) => [mode.name, mode] as const))(
  '%s',
  async (name, { break: breakIt, seen, backWithinSeconds }) => {
    const broken = await breakIt(stack)
    const { url, mend } = 'mend' in broken ? broken : { url: stack.url, mend: broken }
    let statuses: Record<Act, number[]>
    let slowestSeconds = 0
    let mendedAt = 0
    try {
      const asked = acts.map(async (act) => {
        const answers = await Promise.all(
          Array.from({ length: 4 }, async () => {
            const startedAt = performance.now()
            const status = await ask[act](url)
            slowestSeconds = Math.max(slowestSeconds, (performance.now() - startedAt) / 1000)
            return status
          }),
        )
        return [act, answers] as const
      })
      statuses = Object.fromEntries(await Promise.all(asked)) as Record<Act, number[]>
    } finally {
      mendedAt = performance.now()
      await mend()
    }
    await untilUsual()
    const backSeconds = (performance.now() - mendedAt) / 1000
    measured.set(name, { slowestSeconds, backSeconds })

    for (const act of acts)
      expect(
        [...new Set(statuses[act])].filter((status) => !seen[act].includes(status)),
        act,
      ).toEqual([])
    expect(backSeconds).toBeLessThan(backWithinSeconds)
    // What was given out before is still good.
    const token = await tokenOf('alice', stack.url)
    expect((await send(stack.url, '/api/v1/user/profile', { headers: [bearer(token)] })).status).toBe(200)
  },
)

it('an auth-service whose clock is 60 s fast lets tokens expire 60 s too soon, and one that is slow none too late', async () => {
  const soon = signToken(goodClaims({ exp: Math.floor(Date.now() / 1000) + 30 }), stack.signingKey)
  const late = signToken(goodClaims({ exp: Math.floor(Date.now() / 1000) - 30 }), stack.signingKey)
  const statusAt = async (clock: number, token: string) => {
    const { url, mend } = await stack.behindAnotherGateway(wrongClock(clock))
    const { status } = await send(url, '/api/v1/user/profile', { headers: [bearer(token)] })
    await mend()
    return status
  }
  expect(await statusAt(60, soon)).toBe(401)
  // Its own gate lets it pass, and api-service looks at its own clock.
  expect(await statusAt(-60, late)).toBe(401)
})

it('docs/failure-modes.md says the same', () => {
  const file = join(projectFolder, 'docs/failure-modes.md')
  const document = readFileSync(file, 'utf8')
  const table = /(?<=<!-- failure-modes -->\n)[\s\S]*?(?=<!-- \/failure-modes -->)/
  if (process.env.WRITE_FAILURE_MODES) {
    writeFileSync(file, document.replace(table, renderTable(failureModes, measured)))
    return
  }
  const written = table.exec(document)?.[0] ?? ''
  const withoutMeasured = (text: string) => text.replace(/\|[^|]*\|[^|]*\|$/gm, '')
  expect(withoutMeasured(written)).toBe(withoutMeasured(renderTable(failureModes, measured)))
})
