import { drawHash } from '../ranking/draw.ts'
import { compare } from '../ranking/fraction.ts'
import { type RankInput, rankInput, type ScoredReview } from '../ranking/input.ts'
import { type Ranking, rankingOf } from '../ranking/ranking.ts'
import { fieldsNamed, rungOf } from '../ranking/rules.ts'
import { ladderOf } from '../ranking/tieladder.ts'
import type { Bundle, Label } from './bundle.ts'

/** The public value of a draw beside the seal that it was held under. */
export type HeldDraw = { seal: string; public: string } | null

/** The ranking of an input, as the site computes it and whoever verifies it. */
export function rankedAnew(input: RankInput, { draw, software }: { draw: HeldDraw; software: string }): Ranking {
  return rankingOf(rankInput(complete(input)), {
    version: software,
    ...(draw ? { draw: { seal: draw.seal, publicValue: draw.public } } : {})
  })
}

/** Where there is an envelope, whoever cannot be chosen has no amount in a public input. It then reads as none. */
function complete(input: RankInput): RankInput {
  if (!input.rules.budget) return input
  return { ...input, proposals: input.proposals.map(proposal => ({ requested: 0, ...proposal })) }
}

/** The reviews that take part in a ranking. */
export function taking(input: RankInput): ScoredReview[] {
  const recused = new Set(input.recusals.map(pairKey))
  return input.reviews
    .filter((review): review is ScoredReview => !Array.isArray(review))
    .filter(review => review.status === 'counted' && !recused.has(pairKey(review)))
}

const pairKey = ({ proposal, juror }: { proposal: string; juror: string }) => `${proposal}\u0000${juror}`

/**
 * What the public may see of a ranking's input: every score that counts under its drawn label, and of a proposal only
 * those fields that a limit or a rung of the tie ladder had to read to come to this result. Throws where a label is missing.
 */
export function publicInput(ranking: Ranking, labels: readonly Label[]): RankInput {
  const { input } = ranking.list
  const labelOf = new Map(labels.map(label => [pairKey(label), label.label]))
  const reviews = taking(input).map((review): ScoredReview => {
    const juror = labelOf.get(pairKey(review))
    if (juror === undefined) throw new Error(`A review of ${review.proposal} has no label`)
    return { ...review, juror }
  })
  const read = fieldsRead(ranking)
  // Sorted and checked by the one function that makes an input.
  return rankedInput({
    ...input,
    proposals: input.proposals.map(proposal => {
      const fields = read.get(proposal.id) ?? new Set()
      const kept = Object.entries(proposal).filter(([field]) => field === 'id' || fields.has(field))
      return Object.fromEntries(kept) as typeof proposal
    }),
    jurors: [...new Set(reviews.map(({ juror }) => juror))],
    reviews,
    recusals: []
  })
}

/** In normal form, without the amounts that only the check asks for. */
function rankedInput(input: RankInput): RankInput {
  const normal = rankInput(complete(input))
  const own = new Map(input.proposals.map(proposal => [proposal.id, proposal]))
  return { ...normal, proposals: normal.proposals.map(proposal => own.get(proposal.id) ?? proposal) }
}

/** The fields that decided something, by proposal: what limits read of those who passed, and of equals what parted them. */
function fieldsRead(ranking: Ranking): Map<string, Set<string>> {
  const { input, counted, rows } = ranking.list
  const read = new Map<string, Set<string>>()
  const note = (id: string, field: string) => read.set(id, (read.get(id) ?? new Set()).add(field))
  const limited = [...fieldsNamed(input.rules).grouping, ...(input.rules.budget ? ['requested'] : [])]
  const last = lastRankRead(ranking)
  for (const { proposal, rank, failed } of rows)
    if (rank !== null && rank <= last && failed.length === 0) for (const field of limited) note(proposal.id, field)

  let equals = runs(
    rows.filter(({ value }) => value !== null),
    (a, b) => a.value !== null && b.value !== null && compare(a.value, b.value) === 0
  ).map(level => level.map(({ proposal }) => proposal.id))
  for (const { name, between } of ladderOf(input, counted, null)) {
    equals = equals.filter(level => level.length > 1)
    const rung = rungOf(name)
    if (rung && 'field' in rung) for (const id of equals.flat()) note(id, rung.field)
    equals = equals.flatMap(level => runs([...level].sort(between), (a, b) => between(a, b) === 0))
  }
  return read
}

/**
 * The rank down to which limits and envelope are read. Once every place is taken, under all limits and without each of
 * them for its price, whoever stands below is out whatever their fields say. Where a place stayed empty, where equals
 * stand at the line, and where a limit asks for at least so many, all are read.
 */
function lastRankRead({ list: { input, rows }, result: { selection } }: Ranking): number {
  const { rules } = input
  if (rules.seats || rules.limits.some(({ min }) => min > 0)) return Number.POSITIVE_INFINITY
  const filled = selection.awarded.length === rules.awards
  if (!filled || selection.limits.some(({ price }) => price.in.length !== price.out.length)) {
    return Number.POSITIVE_INFINITY
  }
  const chosen = new Set([...selection.awarded, ...selection.limits.flatMap(({ price }) => price.in)])
  return Math.max(0, ...rows.filter(({ proposal }) => chosen.has(proposal.id)).map(({ rank }) => rank ?? 0))
}

/** Neighbours that are alike, together. */
function runs<Item>(items: readonly Item[], alike: (a: Item, b: Item) => boolean): Item[][] {
  const found: Item[][] = []
  for (const item of items) {
    const last = found.at(-1)
    if (last?.[0] !== undefined && alike(last[0], item)) last.push(item)
    else found.push([item])
  }
  return found
}

type Outcome = Pick<Bundle, 'draw' | 'ranking' | 'ties' | 'selection'>

/** What a bundle says of a ranking. */
export function outcomeIn({ result }: Ranking, draw: HeldDraw): Outcome {
  const { ranking, ties, selection } = result
  const drawn = new Set(ties.filter(({ step }) => step === 'draw').flatMap(({ proposals }) => proposals))
  return {
    draw: draw && {
      seal: draw.seal,
      public: draw.public,
      hashes: Object.fromEntries(
        [...drawn].map(id => [id, drawHash({ seal: draw.seal, publicValue: draw.public }, id)])
      )
    },
    ranking,
    ties,
    selection: plain(selection)
  }
}

/** As JSON keeps it: absent values are not there. */
const plain = (selection: Ranking['result']['selection']) =>
  JSON.parse(JSON.stringify(selection)) as Outcome['selection']
