import { hrtime } from 'node:process'

/** Seconds on the clock that all threads of the process share; `performance.now()` begins anew in each. */
export const monotonicSeconds = () => Number(hrtime.bigint()) / 1e9
