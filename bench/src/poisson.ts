/** Intervals in ms between people who do not know of each other: so many a second on average, the same for the same seed. */
export function poissonIntervals(perSecond: number, seed: number): () => number {
  let state = seed
  return () => {
    // Mulberry32, a generator of 32-bit numbers of good quality: https://github.com/bryc/code/blob/master/jshash/PRNGs.md
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    const uniform = ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
    return (-Math.log(1 - uniform) * 1000) / perSecond
  }
}
