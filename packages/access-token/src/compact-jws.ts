import { maxTokenBytes } from './bearer-token.js'
import { parseIJsonObject } from './i-json.js'

/** The two JSON parts of a signed token, decoded and not yet trusted. */
export type CompactJws = { header: Record<string, unknown>; payload: Record<string, unknown> }

/**
 * Decodes a JWS in compact serialisation (RFC 7515 §3.1) more strictly than either crypto library does, so that both engines see
 * the same tokens: exactly three non-empty parts, canonical base64url without padding, I-JSON objects. The signature is not
 * looked at. Returns undefined for anything else.
 */
export function decodeCompactJws(token: string): CompactJws | undefined {
  if (token.length > maxTokenBytes) return undefined
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  const [headerBytes, payloadBytes, signature] = parts.map(decodeBase64url)
  if (!headerBytes || !payloadBytes || !signature) return undefined
  const header = parseIJsonObject(headerBytes)
  const payload = parseIJsonObject(payloadBytes)
  return header && payload && { header, payload }
}

function decodeBase64url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  // Buffer skips what it does not know; only the canonical spelling comes back as it was.
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined
}
