import type { Deviation, Judge, Reply, Request } from '../model-service.js'

/** What a service does otherwise than docs/contract.md says, and which checks have to notice. */
export type DeviationRow = [what: string, fails: string[], deviation: Deviation]

type Change = (right: Reply) => Reply

/** Accepts the tokens that match, and judges the others rightly. */
export const accepting =
  (matches: (token: string) => boolean): NonNullable<Deviation['judge']> =>
  (token: string, nowSeconds: number, right: Judge) =>
    matches(token) ? null : right(token, nowSeconds)

type Matches = (request: Request, right: Reply) => boolean

/** Changes the answers of this path to the requests that match. */
export const onPath =
  (path: string, matches: Matches, change: Change): NonNullable<Deviation['reply']> =>
  (right, request) =>
    request.path === path && matches(request, right) ? change(right) : right

export const onValidate = (matches: Matches, change: Change) => onPath('/validate', matches, change)
export const onLogin = (matches: Matches, change: Change) => onPath('/login', matches, change)

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

/** Of a JSON body. */
export const withMember =
  (name: string, value: unknown): Change =>
  (right) => ({ ...right, body: JSON.stringify({ ...JSON.parse(right.body), [name]: value }) })
