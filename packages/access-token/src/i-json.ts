/** Deeper than any token of ours; one parser gives up at 128, another never. */
const maxDepth = 16

/**
 * Parses the JSON that every parser reads alike, I-JSON (RFC 7493), and returns undefined for anything else: two members of one name
 * (of which some parsers take the first), lone surrogates, numbers beyond a double, what is not UTF-8, and nesting without end.
 */
export function parseIJsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return undefined
    // JSON.parse keeps one of two equal names, so fewer members come out than colons stand in the text.
    return countMembers(value, 0) === countColons(text) ? value : undefined
  } catch {
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Throws for what I-JSON does not allow. */
function countMembers(value: unknown, depth: number): number {
  if (depth > maxDepth) throw new RangeError('nested too deep')
  if (typeof value === 'string' && !isWellFormed(value)) throw new RangeError('lone surrogate')
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('not a double')
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countMembers(item, depth + 1), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce(
    (sum, [name, item]) => sum + 1 + countMembers(name, depth) + countMembers(item, depth + 1),
    0,
  )
}

const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text)

const countColons = (text: string) => text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
