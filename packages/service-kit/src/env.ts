import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { isSample } from './sample-secret.js'

/** The environment is not fit to start with. One message a mistake; none holds a value. */
export class EnvError extends Error {
  override readonly name = 'EnvError'

  constructor(readonly mistakes: string[]) {
    super(mistakes.join('\n'))
  }
}

/**
 * Reads the environment once, by a zod shape, and reports all mistakes together. Every variable `X` can also be given as `X_FILE`,
 * the path of a file that holds it, which is how secrets should come; giving both is a mistake. An empty variable counts as absent, and
 * so does an empty file. Of the variables `oneOf` at least one has to be given.
 */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
  oneOf: (keyof Shape & string)[] = [],
): z.infer<z.ZodObject<Shape>> {
  const mistakes: string[] = []
  const unreadable = new Set<string>()
  const given: Record<string, string> = {}
  for (const name of Object.keys(shape)) {
    try {
      const value = readVariable(name, env)
      if (value !== undefined) given[name] = value
    } catch (error) {
      unreadable.add(name)
      mistakes.push((error as Error).message)
    }
  }
  const parsed = z.object(shape).safeParse(given)
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0])
    if (unreadable.has(name)) continue
    mistakes.push(name in given ? `${name}: ${issue.message}` : `${name}: is required (or ${name}_FILE)`)
  }
  const [first, ...others] = oneOf
  if (first !== undefined && oneOf.every((name) => !(name in given || unreadable.has(name)))) {
    mistakes.push(`${first}: is required (or ${first}_FILE), unless ${others.join(' or ')} is given`)
  }
  if (!parsed.success || mistakes.length > 0) throw new EnvError(mistakes)
  return parsed.data
}

function readVariable(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const value = env[name] || undefined
  const path = env[`${name}_FILE`] || undefined
  if (value !== undefined && path !== undefined) throw new Error(`${name}: is given twice, as ${name} and ${name}_FILE`)
  if (path === undefined) return value
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined
  } catch (error) {
    throw new Error(
      `${name}: the file that ${name}_FILE names cannot be read (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}

/** A whole number between two bounds, in the unit its variable's name states. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: `must be a whole number from ${min} to ${max}`, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))

/** A TCP port; 0 lets the system choose one. */
export const port = () => wholeNumber(0, 65535)

/**
 * The key of an HMAC-SHA256. RFC 7518 §3.2: at least as long as the hash, 32 bytes. What tutorials and sample files have in its place is
 * refused.
 */
export const hmacKey = () =>
  z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, { error: 'must be at least 32 bytes', abort: true })
    .refine((secret) => !isSample(secret), 'is a sample, or too regular; make a random one: openssl rand -hex 32')
    .transform((secret) => new Uint8Array(Buffer.from(secret)))

/** What `parse` makes of the text. The message of an error it throws is the mistake, so it must hold nothing of the value. */
export const parsedBy = <Value>(parse: (text: string) => Value) =>
  z.string().transform((text, context): Value => {
    try {
      return parse(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
      return z.NEVER
    }
  })

export const databaseUrl = () => z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')

export const logLevel = () =>
  z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { error: 'must be a pino level' })
    .default('info')
