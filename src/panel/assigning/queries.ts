import { desc, eq, sql } from 'drizzle-orm'
import type { StandingCall } from '../../calls/queries.ts'
import type { Db, Tx } from '../../db/connect.ts'
import { eligibleFor, type Submitted } from '../../proposals/queries.ts'
import type { ProposalSide } from '../affinity.ts'
import type { AssignmentResult } from '../assignmentresult.ts'
import { whyNotAssign } from '../eligibility.ts'
import { jurorsOf, standingDeclarations } from '../queries.ts'
import { assignmentRuns } from '../tables.ts'

/** Everything that `whyNotAssign` asks of any pair of a call, read once. */
export async function pairContext(tx: Db | Tx, call: StandingCall) {
  const [seats, eligible, declared] = [
    await jurorsOf(tx, call.id),
    await eligibleFor(tx, call.id),
    await standingDeclarations(tx, call.id)
  ]
  const jurorById = new Map(seats.filter(({ acceptedAt }) => acceptedAt).map(juror => [juror.id, juror]))
  const proposalById = new Map(eligible.map(proposal => [proposal.id, proposal]))
  const declarationOf = new Map(
    declared.map(declaration => [`${declaration.jurorId} ${declaration.proposalId}`, declaration])
  )
  const whyNot = ({ jurorId, proposalId }: { jurorId: string; proposalId: string }) => {
    const juror = jurorById.get(jurorId)
    const proposal = proposalById.get(proposalId)
    if (!juror || !proposal) return { code: 'not_found' }
    const refusal = whyNotAssign({
      automatic: call.rules.jury.automaticConflicts,
      juror,
      proposal: applicantSide(proposal),
      declaration: declarationOf.get(`${jurorId} ${proposalId}`) ?? null
    })
    return refusal && { ...refusal, juror: juror.name, proposal: proposal.number }
  }
  return { jurors: [...jurorById.values()], proposals: eligible, declarationOf, whyNot }
}

/** A proposal as a conflict of interest sees it. */
export const applicantSide = ({ applicantId, version }: Submitted) => ({
  applicantId,
  country: version.applicant.country,
  institution: version.applicant.institution
})

const said = (answer: unknown) => (typeof answer === 'string' ? answer : '')

/** A proposal as affinity and rules see it. */
export const proposalSide = ({ id, version: { answers, applicant } }: Submitted): ProposalSide => ({
  id,
  country: applicant.country,
  institution: applicant.institution,
  language: said(answers.language),
  theme: said(answers.theme)
})

/** The solver's last run for a call, and how many there were. */
export async function lastRunOf(db: Db, callId: string): Promise<{ result: AssignmentResult | null; count: number }> {
  const rows = await db
    .select({ result: assignmentRuns.result, count: sql<number>`count(*) over ()::int` })
    .from(assignmentRuns)
    .where(eq(assignmentRuns.callId, callId))
    .orderBy(desc(assignmentRuns.at))
    .limit(1)
  const [last] = rows
  return { result: (last?.result as AssignmentResult | undefined) ?? null, count: last?.count ?? 0 }
}
