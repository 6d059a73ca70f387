// Loaded before a program, in each of its threads: its clock is wrong by CLOCK_WRONG_BY_SECONDS.
const offsetMs = Number(process.env.CLOCK_WRONG_BY_SECONDS) * 1000
const now = Date.now.bind(Date)
const RightDate = Date
Date.now = () => now() + offsetMs
globalThis.Date = class extends RightDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RightDate.now()] : args))
  }
}
