import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { placeVerdictsInMemory, removeVerdicts } from '../src/verdicts-folder.js'

let folder: string
let verdicts: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verdicts-folder-'))
  verdicts = join(folder, 'verdicts')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe.skipIf(!existsSync('/dev/shm'))('where there is a memory file system, the verdicts', () => {
  it('lie in it, closed to others, and are removed with the link', () => {
    placeVerdictsInMemory(verdicts)
    const target = readlinkSync(verdicts)
    expect(target).toMatch(/^\/dev\/shm\//)
    expect(statSync(target).mode & 0o777).toBe(0o700)
    writeFileSync(join(verdicts, 'one'), 'Bearer …')
    removeVerdicts(verdicts)
    expect([existsSync(target), existsSync(verdicts)]).toEqual([false, false])
  })

  it('of a stack that was killed do not outlive the next start', () => {
    placeVerdictsInMemory(verdicts)
    const left = readlinkSync(verdicts)
    placeVerdictsInMemory(verdicts)
    expect(existsSync(left)).toBe(false)
    expect(readlinkSync(verdicts)).not.toBe(left)
    removeVerdicts(verdicts)
  })

  it('take the place of a folder an older version made', () => {
    mkdirSync(verdicts)
    placeVerdictsInMemory(verdicts)
    expect(readlinkSync(verdicts)).toMatch(/^\/dev\/shm\//)
    removeVerdicts(verdicts)
  })
})

it('nothing is removed that a link of somebody else leads to', () => {
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  symlinkSync(elsewhere, verdicts)
  removeVerdicts(verdicts)
  expect([existsSync(elsewhere), existsSync(verdicts)]).toEqual([true, false])
})
