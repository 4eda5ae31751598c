import type { RankRules } from '../ranking/rules.ts'
import { NOTHING_TAKEN, whyNotAdd, withTaken } from './envelope.ts'
import { planOf, type Ranked } from './selection.ts'

export type Promotion = {
  /** The next of the reserve whom no limit keeps out; null when there is none. */
  promoted: string | null
  /** Those before it on the list, and what keeps each out. */
  passedOver: { id: string; because: string }[]
}

/**
 * Who moves up when an award is declined or withdrawn. `awarded` are those who keep theirs; the limits are checked again
 * beside them. With seats, only somebody of the same value of the field may take the place of `left`.
 */
export function promotion(
  rows: readonly Ranked[],
  rules: RankRules,
  { awarded, reserve, left }: { awarded: readonly string[]; reserve: readonly string[]; left: string }
): Promotion {
  const row = new Map(rows.map(ranked => [ranked.proposal.id, ranked]))
  const of = (ids: readonly string[]) => ids.flatMap(id => row.get(id) ?? [])
  if (rules.seats) {
    const { field } = rules.seats
    const value = row.get(left)?.proposal[field]
    const next = of(reserve).find(({ proposal }) => proposal[field] === value)
    return { promoted: next?.proposal.id ?? null, passedOver: [] }
  }
  const { candidates, constraints } = planOf([...of(awarded), ...of(reserve)], rules)
  const keeping = candidates.filter(({ id }) => awarded.includes(id))
  const taken = keeping.reduce((so, candidate) => withTaken(so, candidate, constraints), NOTHING_TAKEN)
  const passedOver: Promotion['passedOver'] = []
  for (const candidate of candidates.filter(({ id }) => reserve.includes(id))) {
    const because = whyNotAdd(taken, candidate, constraints)
    if (because === null) return { promoted: candidate.id, passedOver }
    passedOver.push({ id: candidate.id, because })
  }
  return { promoted: null, passedOver }
}
