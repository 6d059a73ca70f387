/**
 * Prints the bcrypt hash of each password it is given, one a line, ready for `database/03-seed.sql`.
 *
 * usage: npx tsx scripts/generate-hashes.ts [--cost N]            asks for the passwords, without showing them
 *        npx tsx scripts/generate-hashes.ts [--cost N] < file     reads one a line
 *
 * Passwords are no arguments: those stay in the shell's history and are shown by `ps`.
 */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { hash } from 'bcrypt'

const defaultCost = '10'

async function main() {
  const cost = readCost()
  const passwords = process.stdin.isTTY ? await askForPasswords() : await readPasswords()
  passwords.forEach(refuseUnhashable)
  if (passwords.length === 0) throw new Refusal('no password given')
  for (const password of passwords) console.log(await hash(password, cost))
}

/** A mistake of the caller, told in one line. */
class Refusal extends Error {}

/** The logarithm of the number of rounds. bcrypt would silently make 4 of less, and 10 of nonsense. */
function readCost() {
  const cost = readArguments().cost
  if (!/^\d+$/.test(cost) || Number(cost) < 4 || Number(cost) > 31) {
    throw new Refusal(`the cost must be a whole number from 4 to 31, got '${cost}'`)
  }
  return Number(cost)
}

function readArguments() {
  try {
    return parseArgs({ options: { cost: { type: 'string', default: defaultCost } } }).values
  } catch {
    // Its message repeats the argument, which may be a password.
    throw new Refusal('the only option is --cost N; passwords are read from stdin')
  }
}

async function readPasswords() {
  const text = decode(await buffer(process.stdin))
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function decode(bytes: Buffer) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Refusal('the passwords must be UTF-8 text', { cause })
  }
}

async function askForPasswords() {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  terminal.on('SIGINT', () => process.exit(130))
  const passwords: string[] = []
  process.stderr.write('One password a line, not shown; an empty line ends.\n')
  for await (const line of terminal) {
    if (line === '') break
    passwords.push(line)
  }
  terminal.close()
  return passwords
}

// bcrypt reads 72 bytes and ignores the rest, so a longer password is refused rather than cut.
function refuseUnhashable(password: string, index: number) {
  const bytes = Buffer.byteLength(password)
  const where = `password ${index + 1}`
  if (bytes === 0) throw new Refusal(`${where} is empty`)
  if (bytes > 72) throw new Refusal(`${where} has ${bytes} bytes; bcrypt reads no more than 72`)
  if (password.includes('\0')) throw new Refusal(`${where} holds a NUL`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(`generate-hashes: ${error.message}`)
  process.exitCode = 1
}
