/** A failure a person can mend: its message says what is wrong and what to do, in one line. Anything else is a fault of ours. */
export class StackError extends Error {
  override readonly name = 'StackError'
}

/** What to tell the person who started us: one line for what they can mend, a stack for what nobody expected. */
export function describeFailure(error: unknown): string {
  if (error instanceof StackError) return error.message
  const { code, path, stack } = error as NodeJS.ErrnoException
  if (path && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')) {
    return `${path} cannot be used (${code}): the stack was started as another user before; as that user run: npm run reset`
  }
  return stack ?? String(error)
}
