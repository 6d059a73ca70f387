// Control characters (C0, DEL, C1), what is invisible or reorders text, line separators, halves of surrogate pairs.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Text of somebody else's making, for a terminal: shown as escapes, what could move the cursor or pass for something else. A user agent can
 * be anything.
 */
export const printable = (text: string) => text.replace(unprintable, escaped)

/** One line of JSON that means the same and does nothing to a terminal either. */
export const printableJson = (value: unknown) => JSON.stringify(value).replace(unprintable, escaped)

/** As JSON spells it, by UTF-16 units. */
const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, unit) => {
    const code = character.charCodeAt(unit)
    return `\\u${code.toString(16).padStart(4, '0')}`
  }).join('')
