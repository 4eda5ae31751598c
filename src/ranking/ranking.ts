import { type Outcome, outcomeOf, type Selection, selected } from '../awards/selection.ts'
import { adjustedTotals, spread } from './adjusted.ts'
import { type Fraction, toNumber } from './fraction.ts'
import type { ReviewGraph } from './graph.ts'
import { inputHash, type RankInput } from './input.ts'
import {
  type RankedList,
  type RankedRow,
  type RankOptions,
  type ResolvedTie,
  rankedList,
  type Winners
} from './rankedlist.ts'
import type { Warning } from './warnings.ts'

/** The answer in JSON: what is frozen, published and recomputed. */
export type RankResult = {
  version: string
  inputHash: string
  method: string
  warnings: Warning[]
  ranking: ResultRow[]
  winners: Winners
  selection: Selection
  methods: Record<
    string,
    { value: Record<string, number | null>; rank: Record<string, number | null>; winners: Winners }
  >
  snsf: null
  ties: ResolvedTie[]
  graph: ReviewGraph
}

export type ResultRow = {
  proposal: string
  rank: number | null
  value: number | null
  total: number | null
  mean: number | null
  reviews: number
  tied: boolean
}

/** A row as people read it: the figures of the table, still exact. */
export type SheetRow = RankedRow & {
  id: string
  outcome: Outcome
  /** Criteria below their own threshold, in rubric order. */
  belowThreshold: string[]
  adjustedTotal: Fraction | null
  adjustedRank: number | null
  spread: Fraction | null
}

export type Ranking = { list: RankedList; sheet: SheetRow[]; result: RankResult }

/** The whole run, from the normalised input to the answer. Same input, same options: same bytes. */
export function rankingOf(input: RankInput, { version, ...options }: RankOptions & { version: string }): Ranking {
  const list = rankedList(input, options)
  const { selection, feasible } = selected(list.rows, input.rules)
  const adjusted = adjustedTotals(list.counted, input.rules.rounding ?? 2)
  const sheet = list.rows.map((row): SheetRow => {
    const { id } = row.proposal
    return {
      ...row,
      id,
      outcome: outcomeOf(selection, id),
      belowThreshold: row.failed.filter(name => name !== 'total' || input.criteria.some(({ id }) => id === 'total')),
      adjustedTotal: adjusted.get(id)?.total ?? null,
      adjustedRank: adjusted.get(id)?.rank ?? null,
      spread: spread(list.counted, id)
    }
  })
  return { list, sheet, result: resultOf(list, selection, { version, feasible }) }
}

function resultOf(
  list: RankedList,
  selection: Selection,
  { version, feasible }: { version: string; feasible: boolean }
): RankResult {
  const ids = list.input.proposals.map(({ id }) => id)
  const methods = [...list.methods].map(([name, { value, rank, winners }]) => [
    name,
    {
      value: Object.fromEntries(ids.map(id => [id, figure(value.get(id))])),
      rank: Object.fromEntries(ids.map(id => [id, rank.get(id) ?? null])),
      winners
    }
  ])
  return {
    version,
    inputHash: inputHash(list.input),
    method: list.method,
    warnings: feasible ? list.warnings : [...list.warnings, { code: 'limits_infeasible' }],
    ranking: list.rows.map(({ proposal, rank, value, total, mean, reviews, tied }) => ({
      proposal: proposal.id,
      rank,
      value: figure(value),
      total: figure(total),
      mean: figure(mean),
      reviews,
      tied
    })),
    winners: list.winners,
    selection,
    methods: Object.fromEntries(methods),
    snsf: null,
    ties: list.ties,
    graph: list.graph
  }
}

function figure(value: Fraction | null | undefined): number | null {
  return value ? toNumber(value) : null
}
