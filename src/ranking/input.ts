import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import { BadInput, type Place } from './badinput.ts'
import { inOrder } from './draw.ts'
import { type RawProposal, readProposals, withFields } from './fields.ts'
import { decimal, exact, subtract } from './fraction.ts'
import { type RankRules, readRules } from './rules.ts'
import {
  type Criterion,
  fitted,
  inputSchema,
  type Rubric,
  reviewRowSchema,
  reviewSchema,
  rubricSchema,
  type Scale
} from './schema.ts'

export type Status = 'counted' | 'void'
export type ScoredReview = { proposal: string; juror: string; scores: Record<string, number>; status: Status }
/** One number per juror and proposal; the last tells a void one. */
export type ReviewRow = [proposal: string, juror: string, score: number | null, status?: 'void']
export type Proposal = { id: string } & Record<string, string | number | boolean>

/**
 * Everything that a ranking follows from, checked and complete: the form that is hashed, frozen, published, and read again.
 * Row form (one number per review) has no criteria.
 */
export type RankInput = {
  scale: Scale | null
  criteria: Criterion[]
  proposals: Proposal[]
  jurors: string[]
  reviews: (ScoredReview | ReviewRow)[]
  recusals: { proposal: string; juror: string }[]
  rules: RankRules
}

/** A review as it was found: `row` is the line of a CSV, or the place in a JSON list. */
export type RawReview = { proposal: string; juror: string; status: Status; row: number; scores: RawScore[] }
/** `criterion` null: one number for the whole review. `value` is what was written, `null` where nothing was. */
export type RawScore = { criterion: string | null; value: number | string | null; row?: number }

export type RawInput = {
  file: string | undefined
  kind: 'json' | 'csv'
  reviews: RawReview[]
  rubric: Rubric & { file: string | undefined }
  proposals?: RawProposal[] | undefined
  jurors?: string[] | undefined
  recusals?: { proposal: string; juror: string }[] | undefined
}

/** The input in JSON, as `laurel rank` reads it and the site makes it. */
export function rankInput(value: unknown): RankInput {
  return checked(rawFromJson(value, undefined))
}

export function rawFromJson(value: unknown, file: string | undefined): RawInput {
  const rest = value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : value
  const list = isRecord(rest) && Array.isArray(rest.reviews) ? rest.reviews : null
  // Reviews one by one: they are many, and the sentence must name the one.
  const head = fitted(inputSchema, list ? { ...(rest as object), reviews: [] } : rest, { file })
  return {
    file,
    kind: 'json',
    reviews: (list ?? []).map((review, row) => rawReview(review, row, file)),
    rubric: { scale: head.scale, criteria: head.criteria, rules: head.rules, file },
    proposals: head.proposals && readProposals(head.proposals, { file, under: 'proposals' }),
    jurors: head.jurors,
    recusals: head.recusals
  }
}

export function rubricFromJson(value: unknown, file: string | undefined): RawInput['rubric'] {
  return { ...fitted(rubricSchema, value, { file }), file }
}

/** Rubric and proposals from files of their own go before what the input itself says. */
export function combined(
  input: RawInput,
  rubric: RawInput['rubric'] | null,
  proposals: RawProposal[] | null
): RawInput {
  return {
    ...input,
    rubric: rubric
      ? {
          scale: rubric.scale ?? input.rubric.scale,
          criteria: rubric.criteria ?? input.rubric.criteria,
          rules: rubric.rules ?? input.rubric.rules,
          file: rubric.file
        }
      : input.rubric,
    proposals: proposals ?? input.proposals
  }
}

/** The normalised input, or `BadInput` for the first thing wrong with it. */
export function checked(raw: RawInput): RankInput {
  const scale = checkedScale(raw)
  const rowForm = raw.reviews.length > 0 && raw.reviews.every(({ scores }) => scores[0]?.criterion === null)
  const criteria = checkedCriteria(raw, rowForm)
  // With one criterion, a review's one number is its score.
  const only = rowForm && criteria.length === 1 ? (criteria[0]?.id ?? null) : null
  const rules = readRules(raw.rubric.rules, {
    place: { file: raw.rubric.file },
    criteria: criteria.map(({ id }) => id),
    scaled: scale !== null
  })
  const proposals = withFields(raw.proposals ?? listed(raw.reviews.map(({ proposal }) => proposal)), rules)
  const jurors = [...(raw.jurors ?? new Set(raw.reviews.map(({ juror }) => juror)))].sort(inOrder)
  distinct(jurors, id => new BadInput('twice_in_list', { file: raw.file, path: 'jurors' }, { id }))
  const known = { proposals: new Set(proposals.map(({ id }) => id)), jurors: new Set(jurors) }
  const check = scoreCheck(scale)
  const reviews = raw.reviews.map(review => checkedReview(raw, review, { known, criteria, only, check }))
  onePerJuror(raw)
  reviews.sort((a, b) => inOrder(sortKey(a), sortKey(b)) || inOrder(String(a.scores), String(b.scores)))
  const recusals = checkedRecusals(raw, known)
  return { scale, criteria, proposals, jurors, reviews: dealt(reviews, rowForm && only === null), recusals, rules }
}

/** SHA-256 of RFC 8785 of the normalised input, its lists sorted by id: the order things came in is no part of it. */
export function inputHash(input: RankInput): string {
  const sorted = { ...input, criteria: [...input.criteria].sort((a, b) => inOrder(a.id, b.id)) }
  return `sha256:${bytesToHex(sha256(utf8ToBytes(canonicalize(sorted) ?? '')))}`
}

function rawReview(value: unknown, row: number, file: string | undefined): RawReview {
  const under = `reviews[${row}]`
  if (Array.isArray(value)) {
    const [proposal, juror, score, status] = fitted(reviewRowSchema, value, { file }, under)
    return { proposal, juror, status: status ?? 'counted', row, scores: [{ criterion: null, value: score }] }
  }
  const { proposal, juror, status, scores } = fitted(reviewSchema, value, { file }, under)
  const given = Object.entries(scores).map(([criterion, score]) => ({ criterion, value: score }))
  return { proposal, juror, status, row, scores: given }
}

function checkedScale({ rubric }: RawInput): Scale | null {
  const { scale, file } = rubric
  if (!scale) return null
  if (scale.max <= scale.min) throw new BadInput('scale_upside_down', { file, path: 'scale' })
  // Totals are shares of the maximum.
  if (scale.max <= 0) throw new BadInput('not_above', { file, path: 'scale.max' }, { bound: 0 })
  return scale
}

function checkedCriteria(raw: RawInput, rowForm: boolean): Criterion[] {
  const { criteria, file } = raw.rubric
  if (criteria) {
    distinct(
      criteria.map(({ id }) => id),
      id => new BadInput('twice_in_list', { file, path: 'criteria' }, { id })
    )
    if (!rowForm || criteria.length === 1) return criteria
    const bar = criteria.find(({ threshold }) => threshold !== null)
    if (bar) throw new BadInput('threshold_without_scores', { file }, { criterion: bar.id })
    return []
  }
  const found = new Set(raw.reviews.flatMap(({ scores }) => scores.map(({ criterion }) => criterion)))
  return [...found]
    .filter(id => id !== null)
    .sort(inOrder)
    .map(id => ({ id, weight: 1, threshold: null }))
}

type ReviewChecks = {
  known: { proposals: Set<string>; jurors: Set<string> }
  criteria: readonly Criterion[]
  only: string | null
  check: (value: number | string, place: () => Place) => number
}

type PlainReview = Omit<ScoredReview, 'scores'> & { scores: [criterion: string, score: number][] }

function checkedReview(raw: RawInput, review: RawReview, { known, criteria, only, check }: ReviewChecks): PlainReview {
  const { proposal, juror, status } = review
  const place = (key: string, row = review.row): Place => placeOf(raw, row, key)
  if (!known.proposals.has(proposal)) throw new BadInput('unknown_proposal', place('proposal'), { proposal })
  if (!known.jurors.has(juror)) throw new BadInput('unknown_juror', place('juror'), { juror })
  const scores: [string, number][] = []
  for (const { criterion, value, row } of review.scores) {
    if (criterion === null && criteria.length > 1) throw new BadInput('row_beside_scores', place('', row))
    const id = criterion ?? only ?? ''
    const long = raw.kind === 'csv' && row !== undefined
    const key = criterion === null ? 'score' : raw.kind === 'json' ? `scores.${id}` : id
    if (id !== '' && !criteria.some(known => known.id === id)) {
      throw new BadInput('unknown_criterion', place(long ? 'criterion' : key, row), { criterion: id })
    }
    if (value === null || value === '') continue
    // A void review is told of and nothing else: its scores may be what made it void.
    if (status === 'void') {
      const given = decimal(value) && Number(value)
      if (given !== null && Number.isFinite(given)) scores.push([id, given])
      continue
    }
    const at = () => place(long ? 'score' : key, row)
    scores.push([id, check(value, at)])
  }
  return { proposal, juror, status, scores: scores.sort(([a], [b]) => inOrder(a, b)) }
}

function onePerJuror(raw: RawInput): void {
  const seen = new Set<string>()
  for (const review of raw.reviews) {
    if (review.status === 'void') continue
    const { proposal, juror } = review
    const key = sortKey({ proposal, juror })
    if (seen.has(key)) throw new BadInput('second_review', placeOf(raw, review.row, ''), { proposal, juror })
    seen.add(key)
  }
}

function placeOf({ file, kind }: RawInput, row: number, key: string): Place {
  if (kind === 'csv') return { file, row, column: key === '' ? undefined : key }
  return { file, path: key === '' ? `reviews[${row}]` : `reviews[${row}].${key}` }
}

/** Refuses what is no number, outside the scale, or off its step. Scores repeat, so each figure is looked at once. */
function scoreCheck(scale: Scale | null): ReviewChecks['check'] {
  const passed = new Map<number | string, number>()
  return (value, place) => {
    const before = passed.get(value)
    if (before !== undefined) return before
    const figure = decimal(value)
    const number = Number(value)
    if (!figure || !Number.isFinite(number)) throw new BadInput('no_number', place(), { value })
    if (scale) {
      const { min, max, step } = scale
      if (number < min || number > max) throw new BadInput('outside_scale', place(), { value, min, max })
      if (step !== null) {
        const [from, by] = [subtract(figure, exact(min)), exact(step)]
        if ((from.n * by.d) % (from.d * by.n) !== 0n) throw new BadInput('off_step', place(), { value, step })
      }
    }
    passed.set(value, number)
    return number
  }
}

function checkedRecusals(raw: RawInput, known: ReviewChecks['known']): RankInput['recusals'] {
  const recusals = (raw.recusals ?? []).map(({ proposal, juror }, index) => {
    const place = { file: raw.file, path: `recusals[${index}]` }
    if (raw.proposals && !known.proposals.has(proposal)) throw new BadInput('unknown_proposal', place, { proposal })
    if (raw.jurors && !known.jurors.has(juror)) throw new BadInput('unknown_juror', place, { juror })
    return { proposal, juror }
  })
  const seen = new Map(recusals.map(recusal => [sortKey(recusal), recusal]))
  return [...seen.values()].sort((a, b) => inOrder(sortKey(a), sortKey(b)))
}

function dealt(reviews: PlainReview[], rowForm: boolean): RankInput['reviews'] {
  return reviews.map(({ proposal, juror, status, scores }): ScoredReview | ReviewRow => {
    if (!rowForm) return { proposal, juror, scores: Object.fromEntries(scores), status }
    const score = scores[0]?.[1] ?? null
    return status === 'void' ? [proposal, juror, score, 'void'] : [proposal, juror, score]
  })
}

/** NUL cannot be typed into an id by accident, so two ids never run into each other. */
function sortKey({ proposal, juror, status = '' }: { proposal: string; juror: string; status?: string }): string {
  return `${proposal}\u0000${juror}\u0000${status}`
}

function listed(ids: readonly string[]): RawProposal[] {
  return [...new Set(ids)].map(id => ({ id, fields: new Map(), place: () => ({ proposal: id }) }))
}

function distinct(ids: readonly string[], mistake: (id: string) => BadInput): void {
  const seen = new Set<string>()
  for (const id of ids) {
    if (seen.has(id)) throw mistake(id)
    seen.add(id)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
