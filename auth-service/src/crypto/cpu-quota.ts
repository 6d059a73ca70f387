import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * How many CPUs this process may use, in cores, fractions included: the container's quota (cgroup v2 or v1), or else the host's
 * cores. Past its quota a container is stalled as a whole, event loop included, so the host's count is the wrong one to size by.
 */
export function readCpuQuota(readFile: (path: string) => string = (path) => readFileSync(path, 'utf8')): number {
  const quota = cgroupV2(readFile) ?? cgroupV1(readFile) ?? Number.POSITIVE_INFINITY
  return Math.min(quota, availableParallelism())
}

/** https://docs.kernel.org/admin-guide/cgroup-v2.html: "max 100000", or "200000 100000", microseconds a period. */
const cgroupV2 = (readFile: (path: string) => string) => {
  const [quota, period] = tryRead(readFile, '/sys/fs/cgroup/cpu.max')?.trim().split(' ') ?? []
  return ratio(quota, period)
}

/** The same in two files, -1 for no limit. */
const cgroupV1 = (readFile: (path: string) => string) =>
  ratio(
    tryRead(readFile, '/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    tryRead(readFile, '/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  )

function ratio(quota: string | undefined, period: string | undefined): number | undefined {
  const cores = Number(quota) / Number(period)
  return cores > 0 ? cores : undefined
}

function tryRead(readFile: (path: string) => string, path: string): string | undefined {
  try {
    return readFile(path)
  } catch {
    return undefined
  }
}
