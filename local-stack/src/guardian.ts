import { spawn } from 'node:child_process'

// Reads "start PID" and "end PID". When its input ends, whoever wrote it is gone: it interrupts what is still listed, waits for it,
// and insists after 3 seconds. CONT, because one that is frozen cannot hear the question.
const script = `
groups=' '
while read -r what pid; do
  case $what in
    start) groups="$groups$pid " ;;
    end) groups="\${groups%%" $pid "*} \${groups#*" $pid "}" ;;
  esac
done

signal() { for group in $groups; do kill -s "$1" -- "-$group"; done; }
is_any_left() { for group in $groups; do if kill -s 0 -- "-$group"; then return 0; fi; done; return 1; }

signal INT
signal CONT
tries=0
while is_any_left && [ "$tries" -lt 15 ]; do sleep 0.2; tries=$((tries + 1)); done
signal KILL
`

/**
 * A shell that outlives this process only to stop what it started: nothing is left behind even after a kill -9, which no process can
 * answer itself. It hears of the death by the end of its standard input. While it lives, something of ours may live.
 */
export function startGuardian() {
  const shell = spawn('sh', ['-c', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH },
  })
  shell.stdin.on('error', () => {})
  shell.unref()

  return {
    pid: shell.pid,
    /** `pid` leads a process group. */
    watch: (pid: number) => void shell.stdin.write(`start ${pid}\n`),
    forget: (pid: number) => void shell.stdin.write(`end ${pid}\n`),
    dismiss: () => void shell.stdin.end(),
  }
}

export type Guardian = ReturnType<typeof startGuardian>
