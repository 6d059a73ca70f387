import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { CannotCheck } from './check.js'
import { describeAnswer, jsonObject } from './describe-answer.js'
import type { Target } from './target.js'

export const jwksPath = '/.well-known/jwks.json'

/** The keys of the service's JWKS (RFC 7517 §5), as they are. */
export async function publishedKeys(target: Target): Promise<Record<string, unknown>[]> {
  const answer = await target.ask({ path: jwksPath })
  const keys = answer.status === 200 ? jsonObject(answer)?.keys : undefined
  if (!Array.isArray(keys)) throw new CannotCheck(`no keys from ${jwksPath} (${describeAnswer(answer)})`)
  return keys as Record<string, unknown>[]
}

/** Whether a published key signed the token, by its algorithm. */
export function isSignedBy(jwk: Record<string, unknown>, token: string): boolean {
  const [signed, signature] = [token.slice(0, token.lastIndexOf('.')), token.slice(token.lastIndexOf('.') + 1)]
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  return verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}
