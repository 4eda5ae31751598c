import type { Counted, Pair } from './counted.ts'
import { compare } from './fraction.ts'
import type { ReviewGraph } from './graph.ts'
import type { RankInput } from './input.ts'
import { fieldsNamed } from './rules.ts'

/** What somebody should know before believing the ranking. Its sentence: `rank.warning.<code>`. */
export type Warning =
  | { code: 'single_juror' | 'no_variation' | 'limits_infeasible' }
  | { code: 'disconnected_graph'; components: number }
  | { code: 'juror_zero_variance' | 'juror_single_review'; juror: string }
  | ({ code: 'void_review' | 'recused_review_ignored' | 'empty_review' } & Pair)
  | ({ code: 'missing_criterion' } & Pair & { criterion: string })
  | { code: 'unscored'; proposal: string }
  | { code: 'field_missing'; proposal: string; field: string }

export function warningsOf(input: RankInput, counted: Counted, { components }: ReviewGraph): Warning[] {
  const { byJuror, byProposal, reviews, passedOver, proposals } = counted
  const level = reviews.length > 1 && reviews.every(({ score }) => compare(score, reviews[0]?.score ?? score) === 0)
  const warnings: Warning[] = []
  if (byJuror.size === 1 && byProposal.size > 1) warnings.push({ code: 'single_juror' })
  if (level) warnings.push({ code: 'no_variation' })
  if (components > 1) warnings.push({ code: 'disconnected_graph', components })
  for (const juror of level ? [] : [...byJuror.keys()].sort()) {
    const [first, ...rest] = byJuror.get(juror) ?? []
    const flat = first && rest.length > 0 && rest.every(({ score }) => compare(score, first.score) === 0)
    if (flat) warnings.push({ code: 'juror_zero_variance', juror })
  }
  // A juror left with one because the others didn't count: those are told of below.
  for (const juror of [...byJuror.keys()].sort()) {
    if (passedOver.handedIn.get(juror) === 1) warnings.push({ code: 'juror_single_review', juror })
  }
  for (const pair of passedOver.voided) warnings.push({ code: 'void_review', ...pair })
  for (const pair of passedOver.recused) warnings.push({ code: 'recused_review_ignored', ...pair })
  for (const pair of passedOver.missing) warnings.push({ code: 'missing_criterion', ...pair })
  for (const pair of passedOver.empty) warnings.push({ code: 'empty_review', ...pair })
  for (const proposal of proposals) if (!byProposal.has(proposal)) warnings.push({ code: 'unscored', proposal })
  const { grouping, figures, moments } = fieldsNamed(input.rules)
  for (const field of new Set([...grouping, ...figures, ...moments])) {
    for (const proposal of input.proposals) {
      if (!Object.hasOwn(proposal, field)) warnings.push({ code: 'field_missing', proposal: proposal.id, field })
    }
  }
  return warnings
}
