import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A change of one file of the gateway's configuration, named as nginx names it: `includes/proxy.conf`. */
export type Edit = { file: string; find: string | RegExp; put: string }

/** Makes the edits. Throws for one that finds nothing to change: whoever breaks the configuration must know that it is broken. */
export function editConfiguration(configFolder: string, edits: Edit[]) {
  for (const { file, find, put } of edits) {
    const path = join(configFolder, file)
    const before = readFileSync(path, 'utf8')
    const after = before.replace(find, put)
    if (after === before) throw new Error(`${file} has nothing that matches ${find}`)
    writeFileSync(path, after)
  }
}

/** Sends what is for the named service, all of it, to another port of this machine, or to another address, as nginx writes one. */
export const upstreamAt = (upstream: 'auth' | 'api', at: number | string): Edit => ({
  file: 'conf.d/upstreams.conf',
  find: new RegExp(`(upstream ${upstream} \\{[^}]*?)(?:server [^;]+;\\s*)+`),
  put: `$1server ${typeof at === 'number' ? `127.0.0.1:${at}` : at};\n  `,
})
