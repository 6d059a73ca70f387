import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { signingKey, startModelService } from './model-service.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const withKey = { JWT_SECRET: signingKey.toString() }

type Ended = { exitCode: number; stdout: string; stderr: string }

const run = (args: string[], env: Record<string, string> = {}) =>
  new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    )
  })

async function runAgainstModel(args: string[], env?: Record<string, string>) {
  const service = await startModelService()
  return run([...args, service.url.origin], env).finally(service.stop)
}

const lastLines = ({ stdout }: Ended) => stdout.trimEnd().split('\n').slice(-2).join('\n')

describe('against a service that keeps the contract', { timeout: 60_000 }, () => {
  it('ends with 0, and a row for each check that shows no token', async () => {
    const ended = await runAgainstModel([], withKey)
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    const [, passed] = /\n\n(\d+) passed, 0 failed\n$/.exec(ended.stdout) ?? []
    expect(ended.stdout.match(/^ *\d+ {2}ok /gm)).toHaveLength(Number(passed))
    expect(ended.stdout).not.toContain('eyJ0')
  })

  it('names the checks it could not run without the key, and ends with 1', async () => {
    const ended = await runAgainstModel([])
    expect(ended.exitCode).toBe(1)
    expect(ended.stdout).toMatch(/^ *\d+ {2}not run {2}two alg +refused$/m)
    expect(ended.stdout).toMatch(/^ *\d+ {2}ok {7}alg none, unsigned +refused +refused$/m)
    expect(lastLines(ended)).toMatch(/^\d+ passed, 0 failed, \d+ not run\nSet JWT_SECRET /)
  })

  it('ends with 0 when it was told to leave them out', async () => {
    const ended = await runAgainstModel(['--without-key'])
    expect(ended.exitCode).toBe(0)
    expect(lastLines(ended)).toMatch(/\d+ passed, 0 failed, \d+ not run$/)
  })

  it('ends with 1 when it was given another key', async () => {
    const ended = await runAgainstModel([], { JWT_SECRET: 'another key, also of 32 bytes or more' })
    expect(ended.exitCode).toBe(1)
    expect(ended.stdout).toMatch(/FAIL +its signature +by the key we were given, or a published one +by another key$/m)
  })

  it('ends with 1 when nobody can log in', async () => {
    const ended = await runAgainstModel(['--without-key'], { CONTRACT_PASSWORD: 'another' })
    expect(ended.exitCode).toBe(1)
    expect(ended.stdout).toMatch(/FAIL +a token from \/login +200 +no token from \/login \(401 bad-credentials\)$/m)
  })
})

describe('with nothing to check', () => {
  it.each([
    ['no address', [], {}, 'Say which service, as http://HOST:PORT'],
    ['two addresses', ['http://a', 'http://b'], {}, 'Say which service, as http://HOST:PORT'],
    ['an address that is none', ['localhost:8080'], {}, '"localhost:8080" is no http://HOST:PORT'],
    ['a path', ['http://localhost/login'], {}, '"http://localhost/login" is no http://HOST:PORT'],
    ['https', ['https://localhost'], {}, '"https://localhost" is no http://HOST:PORT'],
    ['an option nobody knows', ['--fast'], {}, "Unknown option '--fast'; see npm run contract -- --help"],
    [
      'a key that is too short',
      ['http://127.0.0.1:1'],
      { JWT_SECRET: 'short' },
      'JWT_SECRET: must be at least 32 bytes',
    ],
    ['nobody listening', ['http://127.0.0.1:1'], {}, 'http://127.0.0.1:1: no answer (ECONNREFUSED)'],
  ])('it says so in one line and ends with 2: %s', async (_what, args, env, line) => {
    expect(await run(args, env)).toEqual({ exitCode: 2, stdout: '', stderr: `${line}\n` })
  })

  it('explains itself when asked', async () => {
    expect(await run(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('usage: npm run contract'),
    })
  })
})
