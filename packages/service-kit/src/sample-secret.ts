// Words of which there are none in 32 random bytes, however they are written; and what somebody's finger slept on.
const sampleWords =
  /secret|password|change.?me|your.?(256|key|jwt)|example|default|insecure|replace|placeholder|qwerty|0123456789|abcdefgh/i

/** Whether a secret is one that tutorials and sample files have, or is too regular to be random. */
export const isSample = (secret: string) => sampleWords.test(secret) || new Set(secret).size < 8
