import { parseJwks } from '@auth-stack/signing-keys'

const timeoutMs = 3000
// A key of 4096 bits takes 1 KB.
const maxBytes = 64 * 1024

/** One look at a JSON Web Key Set over HTTP. Throws when there is none to be had: no answer in time, another status, too long, no key set. */
export async function fetchJwks(url: string) {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // The address is configured; nobody but us decides on another.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`it answered ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return parseJwks(Buffer.concat(chunks).toString())
}
