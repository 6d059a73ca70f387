import { type Refusal, refuse } from './refusal.js'

/** No token of this stack is longer, in bytes. A longer one is refused before any work is done on it. */
export const maxTokenBytes = 1024

// RFC 6750 §2.1: one or more spaces, then a b64token. The scheme's case does not matter (RFC 9110 §11.1).
const bearerPattern = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i
const otherScheme = /^(?!bearer(?:[^A-Za-z0-9!#$%&'*+.^_`|~-]|$))/i
const longestPrefix = 'bearer '.length + 32

/**
 * Takes the token out of an `Authorization` header.
 * No header, or another scheme than Bearer, is `absent` (RFC 6750 §3.1: an unsupported method is like none); what is not a single token
 * of at most 1 KiB is `malformed`.
 */
export function parseBearer(header: string | undefined): { ok: true; token: string } | { ok: false; refusal: Refusal } {
  if (header === undefined || otherScheme.test(header)) return refuse('absent')
  if (header.length > maxTokenBytes + longestPrefix) return refuse('malformed')
  const token = bearerPattern.exec(header)?.[1]
  if (token === undefined || token.length > maxTokenBytes) return refuse('malformed')
  return { ok: true, token }
}
