import { availableParallelism } from 'node:os'
import { expect, it } from 'vitest'
import { readCpuQuota } from '../../src/crypto/cpu-quota.js'

const from = (files: Record<string, string>) =>
  readCpuQuota((path) => {
    const text = files[path]
    if (text === undefined) throw new Error('ENOENT')
    return text
  })

it.each([
  ['cgroup v2', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' }, 0.5],
  ['cgroup v2 without a limit', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, availableParallelism()],
  [
    'cgroup v1',
    { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '150000\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
    Math.min(1.5, availableParallelism()),
  ],
  [
    'cgroup v1 without a limit',
    { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
    availableParallelism(),
  ],
  ['a quota above the host', { '/sys/fs/cgroup/cpu.max': '6400000 100000\n' }, availableParallelism()],
  ['no cgroup at all', {}, availableParallelism()],
])('reads %s', (_what, files, cores) => {
  expect(from(files)).toBe(cores)
})
