import type { CallRules, Criterion, Scale } from '../calls/rules.ts'
import type { Refusal } from '../refusal.ts'

/** Whole units of the step: 4.5 on half points is 9. Exact for every step that divides one, and for whole steps. */
export const unitsOf = (value: number, { step }: Pick<Scale, 'step'>) => Math.round(value / step)

export const shownScore = (units: number, { step }: Pick<Scale, 'step'>) => Number((units * step).toFixed(6))

/** Every score that can be given, ascending, in units. */
export function everyScore(scale: Scale): number[] {
  const [first, last] = [unitsOf(scale.min, scale), unitsOf(scale.max, scale)]
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

/** Why these units cannot be a score; `null`: they can. */
export function whyNotScore(units: number, scale: Scale): Refusal | null {
  if (!Number.isInteger(units)) return { code: 'score_off_step', step: scale.step }
  const value = shownScore(units, scale)
  return value < scale.min || value > scale.max ? { code: 'score_outside', least: scale.min, most: scale.max } : null
}

export type Draft = {
  scores: Record<string, number>
  comments: Record<string, string>
  toApplicant: string
}

/** What a review still lacks before it can be handed in; empty: nothing. Codes are sentences of the catalogue. */
export function lackingIn(
  { scores, toApplicant }: Draft,
  {
    criteria,
    toApplicant: rule
  }: { criteria: readonly Pick<Criterion, 'id'>[]; toApplicant: 'required' | 'optional' | 'none' }
): Refusal[] {
  const unscored = criteria.filter(({ id }) => scores[id] === undefined).map(({ id }) => id)
  return [
    ...unscored.map(criterion => ({ code: 'score_missing', criterion })),
    ...(rule === 'required' && toApplicant.trim() === '' ? [{ code: 'comment_missing' }] : [])
  ]
}

/**
 * The levels whose sentences a score stands for: its own, both neighbours' between two of them, or the band it lies in
 * ("9-10"). Keys as the rubric has them.
 */
export function levelsBeside(value: number, levels: readonly string[]): string[] {
  const spans = levels.map(key => {
    const [from = Number.NaN, to = from] = key.split('-').map(Number)
    return { key, from, to }
  })
  const within = spans.filter(({ from, to }) => value >= from && value <= to)
  if (within.length > 0) return within.map(({ key }) => key)
  const below = spans.filter(({ to }) => to < value).sort((a, b) => b.to - a.to)[0]
  const above = spans.filter(({ from }) => from > value).sort((a, b) => a.from - b.from)[0]
  return [below, above].flatMap(span => (span ? [span.key] : []))
}

/** A total as an exact share: `points` of `of` whole points, out of which people read so many of 100. */
export type Total = { points: number; of: number }

/** What one review comes to; `null` while a score is missing, which is never taken for zero. */
export function totalOf(units: Record<string, number>, { criteria, scale }: CallRules['rubric']): Total | null {
  const most = unitsOf(scale.max, scale)
  let [points, of] = [0, 0]
  for (const { id, weight } of criteria) {
    const given = units[id]
    if (given === undefined) return null
    points += weight * given
    of += weight * most
  }
  return { points, of }
}

/** Of 100, to one decimal, for reading. */
export const shownTotal = ({ points, of }: Total) => Math.round((points * 1000) / of) / 10

/** Of 100, to one decimal: how far the highest of several totals lies above the lowest. */
export function spreadOf(totals: readonly Total[]): number {
  const all = totals.map(({ points }) => points)
  return totals.length < 2 ? 0 : shownTotal({ points: Math.max(...all) - Math.min(...all), of: totals[0]?.of ?? 1 })
}

/** Whether two of these totals differ by as much as the call's rules call divided. Compared exactly. */
export function isDivided(totals: readonly Total[], dividedAt: number | undefined): boolean {
  if (dividedAt === undefined || totals.length < 2) return false
  const all = totals.map(({ points }) => points)
  return 100 * (Math.max(...all) - Math.min(...all)) >= dividedAt * (totals[0]?.of ?? 1)
}
