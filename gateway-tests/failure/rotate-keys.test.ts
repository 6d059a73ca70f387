import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts, limitsOutOfReach, makeTemporaryFolder, type Stack, startStack } from 'local-stack'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { send } from '../client/send.js'
import { startEveryInstanceLoad } from './every-instance-load.js'

const script = fileURLToPath(new URL('../../scripts/rotate-keys.sh', import.meta.url))
const { folder: stateFolder, remove } = makeTemporaryFolder()

const usernames = Array.from({ length: 100 }, (_, index) => `user-${index}`)
let stack: Stack
const outcomes: Record<string, unknown>[] = []

beforeAll(async () => {
  const [gatewayPort = 0] = await freePorts(1)
  stack = await startStack({
    stateFolder,
    gatewayPort,
    authEngines: ['cpp', 'rust', 'cpp'],
    apiInstances: 2,
    // What a service says is asked each time.
    gatewaySettings: { ...limitsOutOfReach, GATEWAY_VERDICT_CACHE_SECONDS: '0' },
  })
  await asOwner(
    `insert into users (username, password_hash)
     select unnest($1::text[]), password_hash from users where username = 'alice'`,
    [usernames],
  )
})

afterAll(async () => {
  console.table(outcomes)
  await stack?.stop()
  remove()
})

async function asOwner(sql: string, values: unknown[] = []) {
  const owner = new pg.Client({ connectionString: stack.postgres.ownerUrl })
  await owner.connect()
  const { rows } = await owner.query(sql, values)
  await owner.end()
  return rows
}

/** Runs the script on this stack: its exit code, and all it printed. */
const rotateKeys = (what: string) =>
  new Promise<{ code: number; text: string }>((resolve) => {
    const { JWT_SECRET, JWT_SECRET_FILE, ...env } = process.env
    const options = { env: { ...env, STATE_FOLDER: stateFolder } }
    execFile(script, ['local', what], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    )
  })

const headerOf = (token = '') => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())

const jwks = async () =>
  JSON.parse((await send(stack.url, '/.well-known/jwks.json')).body) as { keys: Record<string, string>[] }

/** All that is in the files of keys now. */
const keysOnDisk = () =>
  ['auth', 'api'].flatMap((service) =>
    readdirSync(join(stateFolder, 'secrets', service))
      .filter((name) => /jwt|next/.test(name))
      .flatMap((name) => readFileSync(join(stateFolder, 'secrets', service, name), 'utf8').split(/\s+/))
      .filter((line) => line.length >= 32),
  )

it('no valid token is refused by any instance of either service while keys change, and each key comes to sign', {
  timeout: 180_000,
}, async () => {
  const load = startEveryInstanceLoad({ stack, usernames, concurrency: 2 })
  await load.issued(8)
  const firstToken = load.tokens[0] ?? ''
  expect(headerOf(firstToken)).toEqual({ alg: 'HS256', typ: 'JWT' })

  for (const algorithm of ['HS256', 'ES256', 'ES256', 'RS256', 'HS256']) {
    const [tokensBefore, askedBefore] = [load.tokens.length, load.asked.length]
    const { code, text } = await rotateKeys(algorithm)
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('Done.') })
    for (const key of keysOnDisk()) expect(text).not.toContain(key)
    const tokensDone = load.tokens.length
    await load.issued(8)
    // Some were asked for before the change was done.
    const late = load.tokens.slice(tokensDone + 2)
    expect(new Set(late.map((token) => headerOf(token).alg))).toEqual(new Set([algorithm]))
    const asked = load.asked.slice(askedBefore)
    outcomes.push({
      'rotate to': algorithm,
      tokens: load.tokens.length - tokensBefore,
      requests: asked.length,
      refusals: asked.filter(({ status }) => status !== 200).length,
    })
  }
  await load.stop()
  expect(load.asked.filter(({ status }) => status !== 200)).toEqual([])
  expect(load.asked.length).toBeGreaterThan(500)
  const statuses = async (token: string) => new Set((await load.show(token)).map(({ status }) => status))
  expect(await statuses(firstToken)).toEqual(new Set([200]))
  expect((await jwks()).keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'ES256', 'RS256'])

  // What is dropped is refused at once, also by who has verified it before.
  expect(await rotateKeys('drop')).toMatchObject({ code: 0 })
  expect(await statuses(firstToken)).toEqual(new Set([401]))
  expect(await statuses(load.tokens.find((token) => headerOf(token).alg === 'RS256') ?? '')).toEqual(new Set([401]))
  expect(await statuses(load.tokens.at(-1) ?? '')).toEqual(new Set([200]))
  expect(await jwks()).toEqual({ keys: [] })
  load.close()
})

it('leaves api-service with nothing that can sign, once a private key does and the secret was dropped', async () => {
  expect(await rotateKeys('ES256')).toMatchObject({ code: 0 })
  expect(await rotateKeys('drop')).toMatchObject({ code: 0 })
  for (const name of ['jwt_secret', 'jwt_secrets_accepted']) {
    expect(readFileSync(join(stateFolder, 'secrets/api', name), 'utf8')).toBe('')
  }
  const load = startEveryInstanceLoad({ stack, usernames, concurrency: 1 })
  await load.issued(2)
  await load.stop()
  expect(load.asked.filter(({ status }) => status !== 200)).toEqual([])
  expect((await jwks()).keys).toHaveLength(1)
  load.close()
})

it('leaves a row in the audit log for the keys each auth-service started with, and for those it took over, and no key in it', async () => {
  const rows = await asOwner(
    "select reason, instance, details from audit_log where event = 'keys-read' order by at, id",
  )
  for (const why of ['start', 'reload']) {
    const instances = rows.filter(({ reason }) => reason === why).map(({ instance }) => instance)
    expect(new Set(instances).size, why).toBe(stack.authServices.length)
  }
  expect(rows.at(-1).details.signing).toEqual([expect.stringMatching(/^ES256 [\w-]{43}$/)])
  for (const key of keysOnDisk()) expect(JSON.stringify(rows)).not.toContain(key)
})

it('stops where an instance cannot read its keys, refuses nobody, and finishes when it is run again', {
  timeout: 120_000,
}, async () => {
  const load = startEveryInstanceLoad({ stack, usernames, concurrency: 2 })
  await load.issued(4)
  await load.stop()
  const spoilt = join(stateFolder, 'secrets/api/jwt_secret')
  writeFileSync(spoilt, 'short')
  const stopped = await rotateKeys('HS256')
  writeFileSync(spoilt, '')
  expect(stopped).toMatchObject({ code: 1, text: expect.stringContaining('has not taken the keys over') })

  const again = startEveryInstanceLoad({ stack, usernames, concurrency: 2 })
  await again.issued(4)
  expect(headerOf(again.tokens.at(-1)).alg).toBe('ES256')
  expect(await rotateKeys('drop')).toMatchObject({ code: 1, text: expect.stringContaining('finish it first') })
  const finished = await rotateKeys('HS256')
  expect(finished).toMatchObject({ code: 0, text: expect.stringContaining('Finishing the change that was begun') })
  await again.issued(8)
  expect(headerOf(again.tokens.at(-1)).alg).toBe('HS256')
  await again.stop()
  expect([...load.asked, ...again.asked].filter(({ status }) => status !== 200)).toEqual([])
  for (const token of load.tokens) {
    expect(new Set((await again.show(token)).map(({ status }) => status))).toEqual(new Set([200]))
  }
  load.close()
  again.close()
})

it('says how it is used when it is not understood', async () => {
  expect(await rotateKeys('sideways')).toMatchObject({ code: 2, text: expect.stringContaining('usage') })
})
