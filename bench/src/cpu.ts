import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

// USER_HZ, which Linux fixes for everything it shows to programs.
const ticksPerSecond = 100

/** CPU seconds, user and system, that a process has used with all its threads (proc_pid_stat(5), fields 14 and 15). */
export function cpuSeconds(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? ''
  const fields = afterName.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Memory of a process that is in RAM, in MB (10⁶ bytes). */
export function residentMegabytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return (Number(kibibytes) * 1024) / 1e6
}

/** Resolves once the cores have next to nothing to do, or after ten seconds: then something else keeps the machine busy. */
export async function untilQuiet(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const before = readCoreTicks()
    await sleep(100)
    const after = readCoreTicks()
    if ((after.busy - before.busy) / (after.all - before.all) < 0.15) return
  }
}

/** Ticks of all cores since the start of the machine (proc_stat(5)). What others took of a virtual one counts as idle. */
function readCoreTicks() {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  )
    .split(' ')
    .map(Number)
  const busy = user + nice + system + irq + softirq
  return { busy, all: busy + idle + iowait + steal }
}
