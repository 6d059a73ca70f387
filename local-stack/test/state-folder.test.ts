import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processIdentity } from '../src/process-identity.js'
import { assertUnused, claimStateFolder, makeStateFolder } from '../src/state-folder.js'

let checkout: string
let outside: string
let folder: string

beforeEach(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), 'state-folder-')))
  chmodSync(checkout, 0o755)
  outside = join(realpathSync(tmpdir()), `${checkout.split('/').at(-1)}-outside`)
  folder = join(checkout, '.local')
})
afterEach(() => {
  for (const path of [checkout, outside]) rmSync(path, { recursive: true, force: true })
})

describe('where the state lies', () => {
  it('is in the checkout for an ordinary user, however closed the checkout is', () => {
    chmodSync(checkout, 0o700)
    expect(makeStateFolder(folder, { isRoot: false, outside })).toBe(folder)
    expect(existsSync(outside)).toBe(false)
  })

  it('is in the checkout for root, where others may pass', () => {
    expect(makeStateFolder(folder, { isRoot: true, outside })).toBe(folder)
    expect(existsSync(outside)).toBe(false)
  })

  describe('for root in a checkout that is closed to others', () => {
    beforeEach(() => chmodSync(checkout, 0o700))

    it('is outside, with a link in the checkout, and stays there', () => {
      const first = makeStateFolder(folder, { isRoot: true, outside })
      expect(dirname(first)).toBe(outside)
      expect(statSync(first).mode & 0o777).toBe(0o755)
      expect(lstatSync(folder).isSymbolicLink()).toBe(true)
      expect(makeStateFolder(folder, { isRoot: true, outside })).toBe(first)
    })

    it('is a new folder when the old one was removed by hand', () => {
      const first = makeStateFolder(folder, { isRoot: true, outside })
      rmSync(first, { recursive: true })
      expect(existsSync(makeStateFolder(folder, { isRoot: true, outside }))).toBe(true)
    })

    it('is a new folder for a new checkout at the same path', () => {
      const first = makeStateFolder(folder, { isRoot: true, outside })
      rmSync(folder)
      expect(makeStateFolder(folder, { isRoot: true, outside })).not.toBe(first)
    })

    it('cannot be a folder in the checkout that an ordinary user made', () => {
      mkdirSync(folder)
      expect(() => makeStateFolder(folder, { isRoot: true, outside })).toThrow(
        `${folder} is closed to the users that Postgres and nginx run as under root; start as its owner, or run: npm run reset`,
      )
    })
  })

  it('must be a place that can be written, or it says in one line what is wrong', () => {
    writeFileSync(join(checkout, 'file'), '')
    expect(() => makeStateFolder(join(checkout, 'file/.local'), { isRoot: false, outside })).toThrow(
      /\.local cannot be written \(ENOTDIR\); start as the user who owns the checkout$/,
    )
  })

  it('may be a link that the user made', () => {
    mkdirSync(outside)
    symlinkSync(outside, folder)
    expect(makeStateFolder(folder, { isRoot: false, outside: '/nowhere' })).toBe(outside)
  })
})

describe('a claim on the folder', () => {
  const runningElsewhere = 'The stack of this checkout is running'

  /** Any living process can be the guardian. */
  const claim = (guardianPid = process.ppid) => claimStateFolder(checkout, guardianPid)

  it('keeps everybody else out until it is released', async () => {
    const release = await claim()
    await expect(claim()).rejects.toThrow(`${runningElsewhere} (pid ${process.pid}); stop it first`)
    await expect(assertUnused(checkout)).rejects.toThrow(runningElsewhere)
    release()
    await assertUnused(checkout)
    expect(readdirSync(checkout)).toEqual([])
  })

  it('of a process that is no more is void', async () => {
    writeFileSync(join(checkout, 'stack.pid'), '4194303 1\n4194302 1\n')
    await claim()
  })

  it('of a process whose pid now belongs to another one is void', async () => {
    writeFileSync(join(checkout, 'stack.pid'), `${process.ppid} 1\n${process.ppid} 2\n`)
    await claim()
  })

  it('that was only half written is void', async () => {
    writeFileSync(join(checkout, 'stack.pid'), '')
    await claim()
  })

  it('of a process that was killed is void once its guardian is gone', async () => {
    const guardian = spawn('sleep', ['60'], { stdio: 'ignore' })
    writeFileSync(join(checkout, 'stack.pid'), `4194303 1\n${processIdentity(guardian.pid ?? 0)}\n`)
    let isClaimed = false
    const claimed = claim().then(() => {
      isClaimed = true
    })
    // Time enough to have asked once.
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(isClaimed).toBe(false)
    guardian.kill('SIGKILL')
    await once(guardian, 'exit')
    await claimed
  })
})
