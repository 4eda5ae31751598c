import { type Counted, type CountedReview, reviewTotal } from './counted.ts'
import { inOrder } from './draw.ts'
import { compare, type Fraction, fromModel, roundHalfUp, subtract, toNumber } from './fraction.ts'
import { spreadOf } from './methods.ts'

export type Adjusted = { total: Fraction; rank: number }

/**
 * Information for the panel, never the ranking: each review total as a z-score of its juror (population sd, 0 for a juror
 * with sd 0), averaged over the proposal and put back on the scale of all review totals. Ranks follow the figure rounded to
 * `places`, then the id.
 */
export function adjustedTotals(
  { scale, reviews, byJuror, byProposal }: Counted,
  places: number
): Map<string, Adjusted> {
  if (!scale) return new Map()
  const totals = new Map<CountedReview, Fraction>()
  for (const review of reviews) {
    const total = reviewTotal(review, scale)
    if (total) totals.set(review, total)
  }
  const totalsOf = (some: readonly CountedReview[]) => some.flatMap(review => totals.get(review) ?? [])
  const z = new Map<CountedReview, number>()
  for (const some of byJuror.values()) {
    const { middle, sd } = spreadOf(totalsOf(some), 'population')
    for (const review of some) {
      const total = totals.get(review)
      z.set(review, sd === 0 || !total ? 0 : toNumber(subtract(total, middle)) / sd)
    }
  }
  const overall = spreadOf(totalsOf(reviews), 'population')
  const figures = [...byProposal].map(([id, some]) => {
    const average = some.reduce((all, review) => all + (z.get(review) ?? 0), 0) / some.length
    return { id, total: roundHalfUp(fromModel(average * overall.sd + toNumber(overall.middle)), places) }
  })
  const lower = scale.direction === 'lower'
  figures.sort((a, b) => (lower ? compare(a.total, b.total) : compare(b.total, a.total)) || inOrder(a.id, b.id))
  return new Map(figures.map(({ id, total }, index) => [id, { total, rank: index + 1 }]))
}

/** The highest minus the lowest review total of a proposal; null without a scale or review. */
export function spread({ scale, byProposal }: Counted, proposal: string): Fraction | null {
  const totals = (byProposal.get(proposal) ?? []).flatMap(review => reviewTotal(review, scale) ?? []).sort(compare)
  const [lowest, highest] = [totals[0], totals.at(-1)]
  return lowest && highest ? subtract(highest, lowest) : null
}
