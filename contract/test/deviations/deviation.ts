import type { Deviation, Judge, Reply, Request } from '../model-service.js'

/** What a service does otherwise than docs/contract.md says, and which checks have to notice. */
export type DeviationRow = [what: string, fails: string[], deviation: Deviation]

type Change = (right: Reply) => Reply

/** Accepts the tokens that match, and judges the others rightly. */
export const accepting =
  (matches: (token: string) => boolean): NonNullable<Deviation['judge']> =>
  (token: string, nowSeconds: number, right: Judge) =>
    matches(token) ? null : right(token, nowSeconds)

/** Changes the answers of /validate to the requests that match. */
export const onValidate =
  (matches: (request: Request, right: Reply) => boolean, change: Change): NonNullable<Deviation['reply']> =>
  (right, request) =>
    request.path === '/validate' && matches(request, right) ? change(right) : right

/** Changes the answers of /login to the requests that match. */
export const onLogin =
  (matches: (request: Request, right: Reply) => boolean, change: Change): NonNullable<Deviation['reply']> =>
  (right, request) =>
    request.path === '/login' && matches(request, right) ? change(right) : right

export const hasStatus = (status: number) => (_request: Request, right: Reply) => right.status === status

export const withStatus =
  (status: number): Change =>
  (right) => ({ ...right, status })

export const withHeader =
  (name: string, value: string): Change =>
  (right) => ({ ...right, headers: { ...right.headers, [name]: value } })

export const withoutHeader =
  (name: string): Change =>
  ({ headers: { [name]: _, ...headers }, ...right }) => ({ ...right, headers })

export const asProblem =
  (status: number, code: string): Change =>
  (right) => ({ ...right, status, body: JSON.stringify({ ...JSON.parse(right.body), status, code }) })
