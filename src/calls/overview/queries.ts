import { and, count, eq, isNull } from 'drizzle-orm'
import type { Db } from '../../db/connect.ts'
import { NONE } from '../../panel/conflict.ts'
import { jurorsOf, standingDeclarations } from '../../panel/queries.ts'
import { budgetSums, inCurrency } from '../../proposals/budget.ts'
import { submittedTo } from '../../proposals/queries.ts'
import { proposals } from '../../proposals/tables.ts'
import { type Progress, progressOf } from '../../reviews/queries.ts'
import { fieldsOf } from '../form.ts'
import type { StandingCall } from '../queries.ts'

/** A call in figures: how many, never who or what. */
export type Figures = {
  begun: number
  submitted: number
  screened: number
  eligible: number
  requested: number | null
  jurors: { invited: number; accepted: number }
  undecided: number
  progress: Progress[]
}

/** `aside`: proposals that the reader stands aside from; what is told of the judging leaves them out. */
export async function figuresOf(db: Db, call: StandingCall, aside: ReadonlySet<string>): Promise<Figures> {
  const [[begun], submitted, jurors, declared, progress] = await Promise.all([
    db
      .select({ count: count() })
      .from(proposals)
      .where(and(eq(proposals.callId, call.id), isNull(proposals.withdrawnAt))),
    submittedTo(db, call.id),
    jurorsOf(db, call.id),
    standingDeclarations(db, call.id),
    progressOf(db, call.id, aside)
  ])
  const budget = fieldsOf(call.rules.form).find(({ type }) => type === 'budget')
  const requested = submitted.map(({ version }) => {
    const rows = budget ? version.answers[budget.id] : null
    return Array.isArray(rows) ? budgetSums(rows.filter(row => typeof row === 'object')).requested : 0n
  })
  return {
    begun: begun?.count ?? 0,
    submitted: submitted.length,
    screened: submitted.filter(({ screening }) => screening !== null).length,
    eligible: submitted.filter(({ screening }) => screening === 'eligible').length,
    requested: budget ? inCurrency(requested.reduce((sum, one) => sum + one, 0n)) : null,
    jurors: { invited: jurors.length, accepted: jurors.filter(({ acceptedAt }) => acceptedAt !== null).length },
    undecided: declared.filter(
      ({ kind, decision, proposalId }) => kind !== NONE && decision === null && !aside.has(proposalId)
    ).length,
    progress
  }
}
