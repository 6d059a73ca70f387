import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ensureNginx, findNginx } from '../src/nginx-binary.js'

describe('where nginx is', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nginx-binary-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is the first executable of that name on the PATH', () => {
    const binary = join(folder, 'nginx')
    writeFileSync(binary, '')
    chmodSync(binary, 0o644)
    expect(findNginx(folder)).not.toBe(binary)
    chmodSync(binary, 0o755)
    expect(findNginx(`/nowhere:${folder}`)).toBe(binary)
  })

  it('is where packages put it even when the PATH lacks that folder', () => {
    expect(findNginx('/nowhere')).toMatch(/^\/(usr\/sbin|usr\/local\/sbin|opt\/homebrew\/bin)\/nginx$/)
  })
})

describe('nginx', () => {
  const here = '/usr/sbin/nginx'
  const absent = () => undefined

  it('is not installed where it is found', async () => {
    const install = vi.fn()
    expect(await ensureNginx({ find: () => here, mayInstall: async () => true, install })).toBe(here)
    expect(install).not.toHaveBeenCalled()
  })

  it('is installed where it is missing and that asks no password', async () => {
    let installed = false
    const install = async () => {
      installed = true
    }
    const find = () => (installed ? here : undefined)
    expect(await ensureNginx({ find, mayInstall: async () => true, install })).toBe(here)
  })

  it('is asked of the person where installing would need a password', async () => {
    const install = vi.fn()
    await expect(ensureNginx({ find: absent, mayInstall: async () => false, install })).rejects.toThrow(
      'nginx is not installed; run: sudo apt-get install nginx (or the like), then npm start again',
    )
    expect(install).not.toHaveBeenCalled()
  })

  it('is asked of the person where the installation fails, with the last line of what it said', async () => {
    const install = () => Promise.reject(Object.assign(new Error(), { stderr: 'W: one\nE: no network\n' }))
    await expect(ensureNginx({ find: absent, mayInstall: async () => true, install })).rejects.toThrow(
      'nginx could not be installed (E: no network); run: sudo apt-get install nginx (or the like)',
    )
  })

  it('is asked of the person where it is still missing after an installation', async () => {
    await expect(ensureNginx({ find: absent, mayInstall: async () => true, install: async () => {} })).rejects.toThrow(
      'nginx is not installed',
    )
  })
})
