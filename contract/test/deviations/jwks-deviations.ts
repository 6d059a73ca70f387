import type { Reply } from '../model-service.js'
import { type DeviationRow, withHeader, withStatus } from './deviation.js'

const onJwks =
  (change: (right: Reply) => Reply) =>
  (right: Reply, { path }: { path: string }) =>
    path === '/.well-known/jwks.json' ? change(right) : right

const withKeys = (...keys: object[]) => onJwks((right) => ({ ...right, body: JSON.stringify({ keys }) }))

/** Services that publish their keys otherwise. */
export const jwksDeviations: DeviationRow[] = [
  ['has no public keys', ['GET /.well-known/jwks.json', 'what its keys show'], { reply: onJwks(withStatus(404)) }],
  [
    'lets nobody keep its keys',
    ['how long its keys may be kept'],
    { reply: onJwks(withHeader('Cache-Control', 'no-store')) },
  ],
  [
    'lets its keys be kept for a day',
    ['how long its keys may be kept'],
    { reply: onJwks(withHeader('Cache-Control', 'public, max-age=86400')) },
  ],
  [
    'publishes a private key',
    ['what its keys show'],
    { reply: withKeys({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA', kid: 'one' }) },
  ],
  ['publishes its secret', ['what its keys show'], { reply: withKeys({ kty: 'oct', k: 'AA', kid: 'one' }) }],
]
