import { expect, it } from 'vitest'
import { allChecks } from '../src/all-checks.js'
import { jwksDeviations } from './deviations/jwks-deviations.js'
import { loginDeviations } from './deviations/login-deviations.js'
import { sessionDeviations } from './deviations/session-deviations.js'
import { tokenDeviations } from './deviations/token-deviations.js'
import { validateDeviations } from './deviations/validate-deviations.js'
import { failedChecks } from './failed-checks.js'
import { signingKey, startModelService } from './model-service.js'

const deviations = [
  ...loginDeviations,
  ...sessionDeviations,
  ...validateDeviations,
  ...tokenDeviations,
  ...jwksDeviations,
]

it('finds nothing in a service that keeps the contract', { timeout: 60_000 }, async () => {
  const service = await startModelService()
  expect(await failedChecks(service.url).finally(service.stop)).toEqual([])
})

it.concurrent.each(deviations)('finds a service that %s', { timeout: 60_000 }, async (_what, fails, deviation) => {
  const service = await startModelService(deviation)
  const failed = await failedChecks(service.url).finally(service.stop)
  expect(failed.map(({ name }) => name)).toEqual(fails)
})

it('has one check of a name, so that a name says which', () => {
  const names = allChecks({ signingKey, nowSeconds: 0 }).flatMap(({ checks }) => checks.map(({ name }) => name))
  expect(names).toEqual([...new Set(names)])
})
