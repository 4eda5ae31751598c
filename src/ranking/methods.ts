import { type Counted, type CountedReview, rawMeanOf } from './counted.ts'
import { add, compare, type Fraction, fromModel, mean, multiply, reduce, subtract, toNumber, ZERO } from './fraction.ts'
import { additiveFit } from './leastsquares.ts'
import type { MethodName } from './schema.ts'

/** A figure for each proposal that has a counted review. */
export type Values = ReadonlyMap<string, Fraction>
export type MethodOptions = { trimmed: { drop: number; keep: number }; components: number }
/** `null`: the reviews at hand have no answer by this method. */
export type Method = (counted: Counted, options: MethodOptions) => Values | null

export const USUAL_TRIM = { drop: 1, keep: 2 }

/**
 * The methods that this version computes. Fractions where a fraction expresses the figure; otherwise the figure rounded to
 * 1e-9, so that equal ones are equal on every machine.
 */
export const methods: Readonly<Partial<Record<MethodName, Method>>> = {
  weightedMean: counted => valuesOf(counted, proposal => counted.totals.get(proposal) ?? null),
  rawMean: counted => valuesOf(counted, proposal => rawMeanOf(counted, proposal)),
  median: counted => valuesOf(counted, (_, reviews) => median(reviews.map(({ score }) => score))),
  trimmedMean: (counted, { trimmed }) =>
    valuesOf(counted, (_, reviews) =>
      trimmedMean(
        reviews.map(({ score }) => score),
        trimmed
      )
    ),
  jurorCentred,
  zScore: counted => modelled(zScores(counted)),
  rescaled: counted => modelled(rescaled(counted)),
  additiveOls: (counted, { components }) => {
    const fit = additiveFit(counted, components)
    return fit && modelled(fit)
  }
}

export function median(values: readonly Fraction[]): Fraction | null {
  const sorted = [...values].sort(compare)
  const middle = Math.floor(sorted.length / 2)
  return mean(sorted.length % 2 === 1 ? sorted.slice(middle, middle + 1) : sorted.slice(middle - 1, middle + 1))
}

/** Without the `drop` highest and lowest, where at least `keep` remain; else the plain mean. */
export function trimmedMean(
  values: readonly Fraction[],
  { drop, keep }: { drop: number; keep: number }
): Fraction | null {
  if (values.length - 2 * drop < Math.max(keep, 1)) return mean(values)
  return mean([...values].sort(compare).slice(drop, values.length - drop))
}

function valuesOf(
  { byProposal, proposals }: Counted,
  figure: (proposal: string, reviews: readonly CountedReview[]) => Fraction | null
): Values {
  const values = new Map<string, Fraction>()
  for (const proposal of proposals) {
    const reviews = byProposal.get(proposal)
    const value = reviews && figure(proposal, reviews)
    if (value) values.set(proposal, value)
  }
  return values
}

/** mean(score − juror's mean) + overall mean. */
function jurorCentred(counted: Counted): Values {
  const overall = mean(counted.reviews.map(({ score }) => score)) ?? ZERO
  const jurorMean = new Map(
    [...counted.byJuror].map(([juror, reviews]) => [juror, mean(reviews.map(({ score }) => score)) ?? ZERO])
  )
  return valuesOf(counted, (_, reviews) => {
    const centred = mean(reviews.map(({ juror, score }) => subtract(score, jurorMean.get(juror) ?? ZERO)))
    return centred && reduce(add(centred, overall))
  })
}

/** Mean of each juror's z, by the sample sd (n − 1). A juror with sd 0 or one review tells no order: z 0. */
function zScores({ byJuror, byProposal, proposals }: Counted): Map<string, number> {
  const z = new Map<CountedReview, number>()
  for (const reviews of byJuror.values()) {
    const { middle, sd } = spreadOf(reviews.map(({ score }) => score))
    for (const review of reviews) z.set(review, sd === 0 ? 0 : toNumber(subtract(review.score, middle)) / sd)
  }
  return new Map(
    proposals.flatMap(proposal => {
      const reviews = byProposal.get(proposal)
      return reviews
        ? [[proposal, reviews.reduce((all, review) => all + (z.get(review) ?? 0), 0) / reviews.length]]
        : []
    })
  )
}

function rescaled(counted: Counted): Map<string, number> {
  const { middle, sd } = spreadOf(counted.reviews.map(({ score }) => score))
  return new Map([...zScores(counted)].map(([proposal, z]) => [proposal, z * sd + toNumber(middle)]))
}

/** Mean and standard deviation; the squares are summed exactly, so that no variation is exactly zero. */
export function spreadOf(
  scores: readonly Fraction[],
  kind: 'sample' | 'population' = 'sample'
): { middle: Fraction; sd: number } {
  const middle = mean(scores) ?? ZERO
  const degrees = kind === 'sample' ? scores.length - 1 : scores.length
  if (degrees < 1) return { middle, sd: 0 }
  const squares = scores.map(score => {
    const away = subtract(score, middle)
    return multiply(away, away)
  })
  const all = squares.reduce(add, ZERO)
  return { middle, sd: Math.sqrt(toNumber({ n: all.n, d: all.d * BigInt(degrees) })) }
}

function modelled(figures: ReadonlyMap<string, number>): Values {
  return new Map([...figures].map(([proposal, figure]) => [proposal, fromModel(figure)]))
}
