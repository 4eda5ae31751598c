import { fieldsOf } from '../calls/form.ts'
import { type CallRules, digestOf } from '../calls/rules.ts'
import type { Answers } from '../proposals/answers.ts'
import { budgetSums, inCurrency } from '../proposals/budget.ts'
import { rowsOf } from '../proposals/completeness.ts'
import { shownScore } from '../reviews/rubric.ts'
import { sealedPart } from './sealed.ts'

export type RankedSubject = {
  number: string
  answers: Answers
  country: string
  institution: string
  submittedAt: string
}
export type ScoredByJuror = { proposal: string; juror: string; units: Record<string, number> }

/** What is asked for, from the budget of the form: hundredths summed, in the call's currency; null without a budget. */
export function requestedIn(rules: CallRules, answers: Answers): number | null {
  const field = fieldsOf(rules.form).find(({ type }) => type === 'budget')
  return field ? inCurrency(budgetSums(rowsOf(answers[field.id])).requested) : null
}

/**
 * The ranking's input in the form that `laurel rank` reads, from the sealed rules, the eligible proposals and the
 * reviews that count. Everything a ranking follows from is in here.
 */
export function collected(
  rules: CallRules,
  proposals: readonly RankedSubject[],
  reviews: readonly ScoredByJuror[],
  recusals: { proposal: string; juror: string }[]
): Record<string, unknown> {
  const { scale, criteria, rules: deciding } = sealedPart(rules)
  return {
    scale,
    criteria,
    proposals: proposals.map(({ number, answers, country, institution, submittedAt }) => {
      const requested = requestedIn(rules, answers)
      return {
        id: number,
        country,
        institution,
        submitted: submittedAt,
        theme: typeof answers.theme === 'string' ? answers.theme : '',
        ...(requested === null ? {} : { requested })
      }
    }),
    jurors: [...new Set(reviews.map(({ juror }) => juror))].sort(),
    reviews: reviews.map(({ proposal, juror, units }) => ({
      proposal,
      juror,
      status: 'counted',
      scores: Object.fromEntries(
        Object.entries(units).map(([criterion, score]) => [criterion, shownScore(score, rules.rubric.scale)])
      )
    })),
    recusals,
    rules: deciding
  }
}

/** Whether two runs stand on the same input and the same additions. */
export const sameRun = (a: { inputHash: string; parameters: unknown }, b: { inputHash: string; parameters: unknown }) =>
  a.inputHash === b.inputHash && digestOf(a.parameters) === digestOf(b.parameters)
