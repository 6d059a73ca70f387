import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ReadStream } from 'node:tty'
import { AdminError } from './admin-error.js'

type Terminal = { input: NodeJS.ReadStream; say: (text: string) => void }

/**
 * A password, never from an argument, which the shell's history and `ps` would show: asked for twice without showing it, or, when standard
 * input is no terminal, all of standard input but its last line break.
 */
export async function readPassword({ input, say }: Terminal): Promise<string> {
  if (!input.isTTY) return readAll(input)
  const [password, again] = await ask(input, say, ['Password (not shown): ', 'Once more: '])
  if (password === undefined || again === undefined) throw new AdminError('No password was given')
  if (password !== again) throw new AdminError('The two are not the same')
  return password
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const text = decode(await buffer(input)).replace(/\r?\n$/, '')
  if (text === '') throw new AdminError('No password was given on standard input')
  if (/[\r\n]/.test(text)) throw new AdminError('Standard input has more than one line; give the password alone')
  return text
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new AdminError('The password is not UTF-8 text')
  }
}

/** The answers, fewer when the input ends before. A terminal in raw mode shows nothing by itself, and readline writes to nowhere. */
async function ask(
  input: ReadStream | NodeJS.ReadStream,
  say: Terminal['say'],
  questions: string[],
): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
  let interrupted = false
  terminal.on('SIGINT', () => {
    interrupted = true
    terminal.close()
  })
  const answers: string[] = []
  say(questions[0] ?? '')
  for await (const line of terminal) {
    say('\n')
    answers.push(line)
    const next = questions[answers.length]
    if (next === undefined) break
    say(next)
  }
  terminal.close()
  if (interrupted) throw new AdminError('\nInterrupted; nothing was changed')
  return answers
}
