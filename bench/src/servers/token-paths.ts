import {
  type AccessTokenClaims,
  judgeToken,
  parseBearer,
  tokenAudience,
  tokenIssuer,
  type Verdict,
} from '@auth-stack/access-token'
import { createVerifySignature, secretKey } from '@auth-stack/signing-keys'
import { engines } from 'auth-service/dist/crypto/engine.js'
import { createTokenBatcher } from 'auth-service/dist/crypto/token-batcher.js'
import { createVerifiedTokens } from 'auth-service/dist/crypto/verified-tokens.js'
import type { JudgeTokensTask } from 'auth-service/dist/crypto/worker.js'
import { startWorkers } from 'auth-service/dist/crypto/workers.js'
import { listen } from './listen.js'

// GET /validate as auth-service answers it, without its metrics and log, and with the token taken one of the ways there are.
// usage: JWT_SECRET=… node token-paths.js PATH

const keys = [secretKey(Buffer.from(process.env.JWT_SECRET ?? ''))]
const policy = { issuer: tokenIssuer, audience: tokenAudience, leewaySeconds: 0 }
const nowSeconds = () => Math.floor(Date.now() / 1000)

type Judge = (token: string) => Promise<Verdict<AccessTokenClaims>>

/** Every way there is. */
const paths: Record<string, () => Promise<Judge>> = {
  inline: async () => {
    const { engine } = await engines.cpp()
    const verifySignature = createVerifySignature({ keys, prepare: engine.createVerifier })
    return async (token) => judgeToken(token, verifySignature, policy, nowSeconds())
  },
  'one-hop-each': async () => {
    const judgeTokens = startTokenWorker()
    return async (token) => (await judgeTokens([token]))[0] as Verdict<AccessTokenClaims>
  },
  batched: async () => createTokenBatcher(startTokenWorker()),
  'batched-and-remembered': async () =>
    createVerifiedTokens({ judgeToken: createTokenBatcher(startTokenWorker()), policy, nowSeconds }).judge,
}

function startTokenWorker() {
  const workers = startWorkers({
    threads: 1,
    setup: { engineName: 'cpp', policy },
    metrics: { finished() {} },
  })
  return (tokens: string[]) =>
    workers.run<JudgeTokensTask, Verdict<AccessTokenClaims>[]>('judgeTokens', {
      tokens,
      nowSeconds: nowSeconds(),
      accepted: { version: 0, keys },
    })
}

const createPath = paths[process.argv[2] ?? '']
if (!createPath) throw new Error(`usage: token-paths.js ${Object.keys(paths).join('|')}`)
const judge = await createPath()

listen(async (req, res) => {
  const bearer = parseBearer(req.headers.authorization)
  const verdict = bearer.ok ? await judge(bearer.token) : bearer
  res.writeHead(verdict.ok ? 200 : 401, { 'Content-Length': 0 }).end()
})
