/** A failure a person can mend: its message says what is wrong and what to do, in one line. Anything else is a fault of ours. */
export class StackError extends Error {
  override readonly name = 'StackError'
}
