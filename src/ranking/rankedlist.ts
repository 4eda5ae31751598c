import { BadInput } from './badinput.ts'
import { type Counted, counted, rawMeanOf } from './counted.ts'
import { type Draw, inOrder } from './draw.ts'
import { compare, exact, type Fraction, roundHalfUp, toNumber } from './fraction.ts'
import { type ReviewGraph, reviewGraph } from './graph.ts'
import type { Proposal, RankInput } from './input.ts'
import { type MethodOptions, methods, USUAL_TRIM, type Values } from './methods.ts'
import { placesOf } from './rules.ts'
import type { MethodName } from './schema.ts'
import { ladderOf, type Step } from './tieladder.ts'
import { type Warning, warningsOf } from './warnings.ts'

export type RankOptions = {
  /** Decides instead of the method that the rules name. */
  method?: MethodName | undefined
  /** The number of places for `winners`; without it as many as the rules award. */
  top?: number | undefined
  trimmed?: MethodOptions['trimmed'] | undefined
  draw?: Draw | undefined
}

export type RankedRow = {
  proposal: Proposal
  /** Competition rank after the tie ladder (1, 2, 2, 4); null without a counted review. */
  rank: number | null
  /** The deciding figure and the total, rounded where the rules round. */
  value: Fraction | null
  total: Fraction | null
  mean: Fraction | null
  criterionMeans: readonly (Fraction | null)[]
  reviews: number
  /** Others share the rank. */
  tied: boolean
  /** Thresholds not reached: `total` first, then criteria in rubric order. */
  failed: string[]
}

/** All of `sure` win; `rest` places remain for `tiedForRest`. */
export type Winners = { sure: string[]; tiedForRest: string[]; rest: number }
/** Two neighbours with equal values, and the rung that parted them; `share`: none did. */
export type ResolvedTie = { proposals: [string, string]; step: string }
export type MethodAnswer = { value: Values; rank: ReadonlyMap<string, number>; winners: Winners }

export type RankedList = {
  input: RankInput
  counted: Counted
  method: MethodName
  places: number
  rows: RankedRow[]
  winners: Winners
  ties: ResolvedTie[]
  warnings: Warning[]
  graph: ReviewGraph
  /** Each method computed, before rounding and tie ladder. */
  methods: ReadonlyMap<MethodName, MethodAnswer>
}

/** From reviews to a ranked list. Refuses (`BadInput`) what the method cannot answer. */
export function rankedList(input: RankInput, options: RankOptions = {}): RankedList {
  const method = options.method ?? input.rules.method
  const reviews = counted(input)
  const graph = reviewGraph(reviews)
  const values = valuesBy(method, reviews, { trimmed: options.trimmed ?? USUAL_TRIM, components: graph.components })
  const places = options.top ?? placesOf(input.rules)
  const { rounding } = input.rules
  const rounded = (figure: Fraction | null) => figure && (rounding === null ? figure : roundHalfUp(figure, rounding))
  const failed = thresholdsOf(input)
  const rows = input.proposals.map((proposal): RankedRow => {
    const { id } = proposal
    const total = rounded(reviews.totals.get(id) ?? null)
    const criterionMeans = reviews.criterionMeans.get(id) ?? []
    return {
      proposal,
      rank: null,
      value: rounded(values.get(id) ?? null),
      total,
      mean: rawMeanOf(reviews, id),
      criterionMeans,
      reviews: reviews.byProposal.get(id)?.length ?? 0,
      tied: false,
      failed: reviews.byProposal.has(id) ? failed(total, criterionMeans) : []
    }
  })
  const ladder = ladderOf(input, reviews, options.draw ?? null)
  const first = better(input)
  const sorted = ranked(rows, ladder, first)
  return {
    input,
    counted: reviews,
    method,
    places,
    rows: sorted.rows,
    winners: winnersOf(
      new Map(sorted.rows.flatMap(({ proposal, rank }) => (rank ? [[proposal.id, rank]] : []))),
      places
    ),
    ties: sorted.ties,
    warnings: warningsOf(input, reviews, graph),
    graph,
    methods: new Map([[method, answerOf(values, first, places)]])
  }
}

function valuesBy(method: MethodName, reviews: Counted, options: MethodOptions): Values {
  const compute = methods[method]
  if (!compute) throw new BadInput('method_absent', {}, { method, choices: Object.keys(methods).join(', ') })
  if (method === 'weightedMean' && !reviews.scale) throw new BadInput('method_needs_scale', {}, { method })
  const values = compute(reviews, options)
  if (!values) throw new BadInput('not_linked', {}, { method, components: options.components })
  return values
}

type Better = (a: Fraction, b: Fraction) => number

/** The nearest doubles decide where they differ, since rounding keeps order; exact fractions where they don't. */
function better({ scale }: RankInput): Better {
  const nearest = new WeakMap<Fraction, number>()
  const double = (a: Fraction) => {
    const known = nearest.get(a)
    if (known !== undefined) return known
    const number = toNumber(a)
    nearest.set(a, number)
    return number
  }
  const ascending: Better = (a, b) => double(a) - double(b) || compare(a, b)
  return scale?.direction === 'lower' ? ascending : (a, b) => ascending(b, a)
}

/** Equal to a threshold passes. The total is compared as the rules round it, a criterion by its exact mean. */
function thresholdsOf(input: RankInput) {
  const first = better(input)
  const bars = input.criteria.map(({ id, threshold }) => ({ id, bar: threshold === null ? null : exact(threshold) }))
  const least = input.rules.totalThreshold === null ? null : exact(input.rules.totalThreshold)
  const short = (figure: Fraction | null | undefined, bar: Fraction | null) =>
    bar !== null && (!figure || first(figure, bar) > 0)
  return (total: Fraction | null, means: readonly (Fraction | null)[]): string[] => [
    ...(short(total, least) ? ['total'] : []),
    ...bars.flatMap(({ id, bar }, index) => (short(means[index], bar) ? [id] : []))
  ]
}

function ranked(rows: RankedRow[], ladder: readonly Step[], first: Better): { rows: RankedRow[]; ties: ResolvedTie[] } {
  /** Which of the two stands first, and by what: '' for the value itself. */
  const between = (a: RankedRow, b: RankedRow): { order: number; step: string } => {
    if (!a.value || !b.value) return { order: a.value ? -1 : b.value ? 1 : 0, step: '' }
    const order = first(a.value, b.value)
    if (order !== 0) return { order, step: '' }
    for (const { name, between } of ladder) {
      const order = between(a.proposal.id, b.proposal.id)
      if (order !== 0) return { order, step: name }
    }
    return { order: 0, step: 'share' }
  }
  const sorted = [...rows].sort((a, b) => between(a, b).order || inOrder(a.proposal.id, b.proposal.id))
  const ties: ResolvedTie[] = []
  let rank = 0
  const placed = sorted.map((row, index): RankedRow => {
    if (!row.value) return row
    const [before, after] = [sorted[index - 1], sorted[index + 1]]
    const above = before ? between(before, row) : { order: -1, step: '' }
    const below = after ? between(row, after) : { order: -1, step: '' }
    if (above.order !== 0) rank = index + 1
    if (after && below.step !== '') ties.push({ proposals: [row.proposal.id, after.proposal.id], step: below.step })
    return { ...row, rank, tied: above.order === 0 || below.order === 0 }
  })
  return { rows: placed, ties }
}

function answerOf(value: Values, first: Better, places: number): MethodAnswer {
  const sorted = [...value].sort(([, a], [, b]) => first(a, b))
  const rank = new Map<string, number>()
  for (const [index, [id, figure]] of sorted.entries()) {
    const before = sorted[index - 1]
    rank.set(id, before && first(before[1], figure) === 0 ? (rank.get(before[0]) ?? 0) : index + 1)
  }
  return { value, rank, winners: winnersOf(rank, places) }
}

/** Who is among the first `places` whatever happens to those level with the last of them. */
export function winnersOf(rank: ReadonlyMap<string, number>, places: number): Winners {
  const sharing = new Map<number, string[]>()
  for (const [id, at] of rank) {
    const level = sharing.get(at)
    if (level) level.push(id)
    else sharing.set(at, [id])
  }
  const sure: string[] = []
  for (const [at, ids] of [...sharing].sort(([a], [b]) => a - b)) {
    if (at > places) break
    if (at - 1 + ids.length > places) return { sure: sure.sort(), tiedForRest: ids.sort(), rest: places - sure.length }
    sure.push(...ids)
  }
  return { sure: sure.sort(), tiedForRest: [], rest: 0 }
}
