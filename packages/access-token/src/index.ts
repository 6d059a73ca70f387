export { maxTokenBytes, parseBearer } from './bearer-token.js'
export { checkClaims } from './check-claims.js'
export {
  type AccessTokenClaims,
  type ClaimsPolicy,
  tokenAlgorithm,
  tokenAudience,
  tokenIssuer,
} from './claims.js'
export { decodeCompactJws } from './compact-jws.js'
export { judgeToken, type VerifySignature } from './judge-token.js'
export { bearerChallenge, type Refusal, refusalCode, type Verdict } from './refusal.js'
