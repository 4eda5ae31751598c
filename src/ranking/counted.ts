import { add, exact, type Fraction, fraction, gcd, mean, multiply, reduce } from './fraction.ts'
import type { RankInput, ScoredReview } from './input.ts'
import type { Criterion, Scale } from './schema.ts'

/** A review that counts: submitted, not void, its juror not recused, and with at least one score. */
export type CountedReview = { proposal: string; juror: string; score: Fraction }

/** What the methods work on: reviews that count, by proposal and by juror, each list in order of id. */
export type Counted = {
  scale: Scale | null
  criteria: readonly Criterion[]
  proposals: readonly string[]
  jurors: readonly string[]
  reviews: readonly CountedReview[]
  byProposal: ReadonlyMap<string, readonly CountedReview[]>
  byJuror: ReadonlyMap<string, readonly CountedReview[]>
  /** Plain means of the counted scores given, in the order of the criteria. */
  criterionMeans: ReadonlyMap<string, readonly (Fraction | null)[]>
  /** 100 × Σ weight × criterion mean ÷ (Σ weight × scale maximum), exact; null without scale or score. */
  totals: ReadonlyMap<string, Fraction | null>
  passedOver: PassedOver
}

export type Pair = { proposal: string; juror: string }
export type PassedOver = {
  voided: Pair[]
  recused: Pair[]
  empty: Pair[]
  missing: (Pair & { criterion: string })[]
  /** How many reviews each juror handed in, whatever became of them; void ones aside. */
  handedIn: ReadonlyMap<string, number>
}

/** Row form has one nameless criterion. */
const ONE_NUMBER = '' as const

export function counted(input: RankInput): Counted {
  const criteria: readonly Pick<Criterion, 'id' | 'weight'>[] =
    input.criteria.length > 0 ? input.criteria : [{ id: ONE_NUMBER, weight: 1 }]
  const recused = new Set(input.recusals.map(({ proposal, juror }) => `${proposal}\u0000${juror}`))
  const units = wholeUnits(input, criteria)
  const passedOver = {
    voided: [] as Pair[],
    recused: [] as Pair[],
    empty: [] as Pair[],
    missing: [] as PassedOver['missing']
  }
  const handedIn = new Map<string, number>()
  const reviews: CountedReview[] = []
  const sums = new Map(input.proposals.map(({ id }) => [id, criteria.map(() => ({ sum: 0n, count: 0 }))]))
  for (const review of input.reviews) {
    const { proposal, juror, status, scores } = opened(review)
    const pair = { proposal, juror }
    if (status === 'void') {
      passedOver.voided.push(pair)
      continue
    }
    handedIn.set(juror, (handedIn.get(juror) ?? 0) + 1)
    if (recused.size > 0 && recused.has(`${proposal}\u0000${juror}`)) {
      passedOver.recused.push(pair)
      continue
    }
    if (!criteria.some(({ id }) => Object.hasOwn(scores, id))) {
      passedOver.empty.push(pair)
      continue
    }
    for (const { id } of criteria) {
      if (!Object.hasOwn(scores, id)) passedOver.missing.push({ ...pair, criterion: id })
    }
    let top = 0n
    let weights = 0n
    const cells = sums.get(proposal) ?? []
    for (let index = 0; index < criteria.length; index++) {
      const id = (criteria[index] as Criterion).id
      const score = Object.hasOwn(scores, id) ? scores[id] : undefined
      if (score === undefined) continue
      const amount = units.of(score)
      const weight = units.weights[index] as bigint
      top += weight * amount
      weights += weight
      const cell = cells[index]
      if (!cell) continue
      cell.sum += amount
      cell.count++
    }
    reviews.push({ proposal, juror, score: { n: top, d: weights * units.perOne } })
  }
  return {
    scale: input.scale,
    criteria: input.criteria,
    proposals: input.proposals.map(({ id }) => id),
    jurors: input.jurors,
    reviews,
    byProposal: grouped(reviews, 'proposal'),
    byJuror: grouped(reviews, 'juror'),
    criterionMeans: new Map(
      [...sums].map(([id, cells]) => [
        id,
        cells.slice(0, input.criteria.length).map(cell => meanOf(cell, units.perOne))
      ])
    ),
    totals: new Map([...sums].map(([id, cells]) => [id, total(cells, units, input.scale)])),
    passedOver: { ...passedOver, handedIn }
  }
}

/** A review's score on the 0 to 100 of totals; null without a scale. */
export function reviewTotal({ score }: CountedReview, scale: Scale | null): Fraction | null {
  if (!scale) return null
  const max = exact(scale.max)
  return { n: 100n * score.n * max.d, d: score.d * max.n }
}

export function rawMeanOf({ byProposal }: Counted, proposal: string): Fraction | null {
  return mean((byProposal.get(proposal) ?? []).map(({ score }) => score))
}

function opened(review: RankInput['reviews'][number]): ScoredReview {
  if (!Array.isArray(review)) return review
  const [proposal, juror, score, status = 'counted'] = review
  return { proposal, juror, status, scores: score === null ? {} : { [ONE_NUMBER]: score } }
}

type Units = { perOne: bigint; of: (score: number) => bigint; weights: readonly bigint[] }
type Cell = { sum: bigint; count: number }

/** Scores in whole units small enough for every score given (half points: units of 1/2), weights as whole numbers. */
function wholeUnits(input: RankInput, criteria: readonly Pick<Criterion, 'weight'>[]): Units {
  const figures = new Map<number, Fraction>()
  for (const review of input.reviews) {
    for (const score of Object.values(opened(review).scores)) {
      if (!figures.has(score)) figures.set(score, reduce(exact(score)))
    }
  }
  const perOne = common([...figures.values()])
  const units = new Map([...figures].map(([score, { n, d }]) => [score, n * (perOne / d)]))
  const weights = criteria.map(({ weight }) => reduce(exact(weight)))
  const whole = common(weights)
  return { perOne, of: score => units.get(score) ?? 0n, weights: weights.map(({ n, d }) => n * (whole / d)) }
}

function common(figures: readonly Fraction[]): bigint {
  return figures.reduce((so, { d }) => (so / gcd(so, d)) * d, 1n)
}

function meanOf({ sum, count }: Cell, perOne: bigint): Fraction | null {
  return count === 0 ? null : fraction(sum, BigInt(count) * perOne)
}

function total(cells: readonly Cell[], { perOne, weights }: Units, scale: Scale | null): Fraction | null {
  if (!scale) return null
  let figure: Fraction = { n: 0n, d: 1n }
  let given = 0n
  for (const [index, { sum, count }] of cells.entries()) {
    if (count === 0) continue
    const weight = weights[index] as bigint
    figure = add(figure, { n: weight * sum, d: BigInt(count) })
    given += weight
  }
  if (given === 0n) return null
  const max = exact(scale.max)
  return reduce(multiply(figure, { n: 100n * max.d, d: given * perOne * max.n }))
}

function grouped(reviews: readonly CountedReview[], by: 'proposal' | 'juror'): Map<string, CountedReview[]> {
  const groups = new Map<string, CountedReview[]>()
  for (const review of reviews) {
    const group = groups.get(review[by])
    if (group) group.push(review)
    else groups.set(review[by], [review])
  }
  return groups
}
