import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { AdminError, UsageError } from '../admin-error.js'
import type { Command } from '../command.js'

export const keysNew: Command = {
  usage: 'keys new hs256|es256 FILE',
  does: 'makes a new signing key, in a new file that its owner alone can read, for who keeps the keys themselves',
  async run({ names: [kind = '', file = ''] }) {
    const make = kinds[kind]
    if (!make) throw new UsageError(`There is no such kind of key; there are ${Object.keys(kinds).join(' and ')}`)
    try {
      // A file that is there may be a key in use.
      writeFileSync(file, make(), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new AdminError(code === 'EEXIST' ? 'The file is there already' : `The file cannot be made (${code})`, {
        cause: error,
      })
    }
    return { json: { kind, file }, text: `Made a new key in ${file}\n` }
  },
}

const kinds: Record<string, () => string> = {
  // For JWT_SECRET_FILE. RFC 7518 §3.2: no shorter than the hash.
  hs256: () => randomBytes(32).toString('hex'),
  // For JWT_PRIVATE_KEY_FILE.
  es256: () =>
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    }).privateKey,
}
