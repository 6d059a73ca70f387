import { spawn } from 'node:child_process'

// Reads "start PID" and "end PID". When its input ends, whoever wrote it is gone: it interrupts what is still listed.
const script = `
groups=' '
while read -r what pid; do
  case $what in
    start) groups="$groups$pid " ;;
    end) groups="\${groups%%" $pid "*} \${groups#*" $pid "}" ;;
  esac
done
for group in $groups; do kill -INT -- "-$group" 2>/dev/null; done
`

/**
 * A shell that outlives this process only to stop what it started: nothing is left behind even after a kill -9, which no process can
 * answer itself. It hears of the death by the end of its standard input.
 */
export function startGuardian() {
  const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  shell.stdin.on('error', () => {})
  shell.unref()

  return {
    /** `pid` leads a process group. */
    watch: (pid: number) => void shell.stdin.write(`start ${pid}\n`),
    forget: (pid: number) => void shell.stdin.write(`end ${pid}\n`),
    dismiss: () => void shell.stdin.end(),
  }
}

export type Guardian = ReturnType<typeof startGuardian>
