import type { CallRules } from '../calls/rules.ts'
import type { MethodName } from './schema.ts'

/** Methods that look at one proposal at a time: who gave which score of another is nothing to them. */
const BY_PROPOSAL: readonly MethodName[] = ['weightedMean', 'rawMean', 'median', 'trimmedMean']

/** Whether a method compares what the same juror gave to several proposals, so that its figures need jurors told apart. */
export const needsJurors = (method: MethodName): boolean => !BY_PROPOSAL.includes(method)

/**
 * What the sealed rules say to a ranking, in the form that `laurel rank` reads: scale, criteria, and what decides. The
 * site makes its input from this, and whoever verifies a result compares the input with it.
 */
export function sealedPart({ rubric, awards, ranking }: CallRules) {
  const { scale, criteria, totalThreshold } = rubric
  const { count, reserve, fund, limits, seats } = awards
  return {
    scale: { min: scale.min, max: scale.max, step: scale.step, direction: scale.direction },
    criteria: criteria.map(({ id, weight, threshold }) => ({ id, weight, threshold: threshold ?? null })),
    rules: {
      method: ranking.method,
      ...(seats
        ? { seats: { field: seats.field, places: seats.places, reserve: seats.reserve } }
        : {
            awards: count,
            reserve,
            limits: limits.map(({ field, min, max }) => ({ field, min: min ?? 0, max: max ?? null }))
          }),
      totalThreshold: totalThreshold ?? null,
      rounding: ranking.rounding,
      budget: fund === null ? null : { total: fund, partial: false },
      tieLadder: ranking.tieLadder
    }
  }
}
