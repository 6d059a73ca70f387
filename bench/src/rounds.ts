import type { Run } from './scenario.js'

/**
 * Measures each variant once a round, and in every other round in the opposite order: what drifts on the machine meets all of them
 * alike. Returns the samples of each, in the order of the rounds.
 */
export async function alternate<Name extends string, Sample>(
  { rounds, say }: Pick<Run, 'rounds' | 'say'>,
  variants: Record<Name, () => Promise<Sample>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(variants) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>
  for (let round = 1; round <= rounds; round++) {
    for (const name of round % 2 === 1 ? names : names.toReversed()) {
      say(`round ${round} of ${rounds}: ${name}`)
      samples[name].push(await variants[name]())
    }
  }
  return samples
}
