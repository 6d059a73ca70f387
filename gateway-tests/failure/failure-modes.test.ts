import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from 'local-stack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSession, sendLogin, sendRefreshToken } from '../client/log-in.js'
import { bearer, type Header, send } from '../client/send.js'
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

/** Something that is asked: the status, and whether what was answered is still so, once all is well again. */
type Asking = (url: string) => Promise<{ status: number; assertKept?: () => Promise<void> }>

const expectSession = async (refreshToken: string, status: 200 | 401) =>
  expect((await sendRefreshToken(stack.url, '/refresh', refreshToken)).status).toBe(status)

/** What is prepared while all is well, to be asked when it is not. */
const prepare: Record<Act, () => Promise<Asking>> = {
  protected: async () => (url) => getProfile(url, [bearer(anotherToken())]),
  'without a token': async () => (url) => getProfile(url, []),
  login: async () => async (url) => {
    const { status, body } = await sendLogin(url)
    if (status !== 200) return { status }
    return { status, assertKept: () => expectSession(JSON.parse(body).refreshToken, 200) }
  },
  refresh: async () => {
    const { refreshToken } = await openSession('alice', stack.url)
    return async (url) => {
      const { status, body } = await sendRefreshToken(url, '/refresh', refreshToken)
      // Who got no answer asks again with what they have.
      const newest = status === 200 ? JSON.parse(body).refreshToken : refreshToken
      return { status, assertKept: () => expectSession(newest, 200) }
    }
  },
  logout: async () => {
    const { refreshToken } = await openSession('alice', stack.url)
    return async (url) => {
      const { status } = await sendRefreshToken(url, '/logout', refreshToken)
      if (status === 204) return { status, assertKept: () => expectSession(refreshToken, 401) }
      return {
        status,
        async assertKept() {
          expect((await sendRefreshToken(stack.url, '/logout', refreshToken)).status).toBe(204)
          await expectSession(refreshToken, 401)
        },
      }
    }
  },
}

const getProfile = (url: string, headers: Header[]) => send(url, '/api/v1/user/profile', { headers, timeoutMs: 20_000 })

/** Asks for a login and a profile until both are answered as usual: by then everything is. */
async function untilUsual() {
  while ((await sendLogin(stack.url)).status !== 200);
  while ((await getProfile(stack.url, [bearer(anotherToken())])).status !== 200);
}

it.each(failureModes.map((mode) => [mode.name, mode] as const))(
  '%s',
  async (name, { break: breakIt, seen, backWithinSeconds }) => {
    const prepared = await Promise.all(
      acts.flatMap((act) => [act, act, act]).map(async (act) => ({ act, ask: await prepare[act]() })),
    )
    const broken = await breakIt(stack)
    const { url, mend } = 'mend' in broken ? broken : { url: stack.url, mend: broken }
    let slowestSeconds = 0
    let mendedAt = 0
    const ask = async ({ act, ask }: (typeof prepared)[number]) => {
      const startedAt = performance.now()
      const answer = await ask(url)
      slowestSeconds = Math.max(slowestSeconds, (performance.now() - startedAt) / 1000)
      return { act, ...answer }
    }
    const answers = await Promise.all(prepared.map(ask)).finally(async () => {
      mendedAt = performance.now()
      await mend()
    })
    await untilUsual()
    const backSeconds = (performance.now() - mendedAt) / 1000
    measured.set(name, { slowestSeconds, backSeconds })

    const unexpected = answers.filter(({ act, status }) => !seen[act].includes(status))
    expect(unexpected.map(({ act, status }) => `${act}: ${status}`)).toEqual([])
    expect(backSeconds).toBeLessThan(backWithinSeconds)
    await Promise.all(answers.map(({ assertKept }) => assertKept?.()))
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
