import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from 'local-stack'

/** A certificate for localhost and the given names, of a CA of its own, by the project's own script. */
export async function makeCertificates(...names: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-tests-tls-'))
  const make = () =>
    promisify(execFile)('sh', [join(projectFolder, 'scripts/make-dev-cert.sh'), ...names], {
      env: { ...process.env, TLS_FOLDER: folder },
    })
  await make()
  return {
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
    ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    /** Another certificate and key in the same files, of the same CA. */
    renew: make,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export type Certificates = Awaited<ReturnType<typeof makeCertificates>>
