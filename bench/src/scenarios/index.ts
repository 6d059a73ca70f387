import type { Scenario } from '../scenario.js'
import { alternatives } from './alternatives.js'
import { gateway } from './gateway.js'
import { growth } from './growth.js'
import { hashCapacity } from './hash-capacity.js'
import { instances } from './instances.js'
import { isolationLab } from './isolation-lab.js'
import { sessions } from './sessions.js'
import { soak } from './soak.js'
import { startUp } from './start-up.js'
import { validate } from './validate.js'

/** All there are, in the order in which they run, by the name that `--only` and the documents use. */
export const scenarios: Record<string, Scenario> = {
  start: startUp,
  hash: hashCapacity,
  validate,
  alternatives,
  gateway,
  lab: isolationLab,
  growth,
  sessions,
  instances,
  soak,
}
