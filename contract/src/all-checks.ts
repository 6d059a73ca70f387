import type { CheckGroup } from './check.js'
import { issuedTokenChecks } from './checks/issued-token.js'
import { jwksChecks } from './checks/jwks.js'
import { loginChecks } from './checks/login.js'
import { loginRefusalChecks } from './checks/login-refusals.js'
import { loginSecrecyChecks } from './checks/login-secrecy.js'
import { logoutChecks } from './checks/logout.js'
import { overloadChecks } from './checks/overload.js'
import { probeChecks } from './checks/probes.js'
import { refreshChecks } from './checks/refresh.js'
import { requestIdChecks } from './checks/request-id.js'
import { sessionChecks } from './checks/sessions.js'
import { forgedTokenChecks, tokenChecks } from './checks/tokens.js'
import { validateChecks } from './checks/validate.js'
import { validateConnectionChecks } from './checks/validate-connection.js'

type AllChecksOptions = {
  /** The services' key; any other will do to know the names of the checks. */
  signingKey: Uint8Array
  /** By the clock of the service that will be checked. */
  nowSeconds: number
}

/** Everything of docs/contract.md that can be seen from outside, over HTTP. */
export const allChecks = ({ signingKey, nowSeconds }: AllChecksOptions): CheckGroup[] => [
  { title: 'Probes and paths', checks: probeChecks },
  { title: 'POST /login', checks: [...loginChecks, ...requestIdChecks] },
  { title: 'POST /login: the token', checks: issuedTokenChecks(signingKey) },
  { title: 'POST /login: refusals', checks: loginRefusalChecks },
  { title: 'POST /login: who exists', checks: loginSecrecyChecks },
  { title: 'The public keys', checks: jwksChecks },
  { title: 'GET /validate', checks: [...validateChecks, ...validateConnectionChecks] },
  { title: 'GET /validate: forged tokens', checks: forgedTokenChecks(nowSeconds) },
  { title: 'GET /validate: signed tokens', checks: tokenChecks({ signingKey, nowSeconds }) },
  { title: 'More logins than there is time for', checks: overloadChecks },
  { title: 'POST /refresh', checks: refreshChecks },
  { title: 'POST /logout', checks: logoutChecks },
  // Last: they end the session whose token all others share.
  { title: '/sessions', checks: sessionChecks({ signingKey, nowSeconds }) },
]
