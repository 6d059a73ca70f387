import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What tells a process from every other one, also from a later one that is given the same pid: "PID START". Undefined when there is no
 * such process, or only its remains that its parent has not collected.
 */
export function processIdentity(pid: number): string | undefined {
  const start = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
  return start && `${pid} ${start}`
}

/** In clock ticks since the machine started: fields 3 and 22 of proc(5)'s stat. The name before them may hold spaces and brackets. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
    return state?.startsWith('Z') ? undefined : start.join('-')
  } catch {
    return undefined
  }
}
