import type { StandingCall } from '../../calls/queries.ts'
import type { Db, Tx } from '../../db/connect.ts'
import { eligibleFor, type Submitted } from '../../proposals/queries.ts'
import { applicantSide } from '../assigning/queries.ts'
import { automaticConflict, type PairFacts } from '../eligibility.ts'
import { type Declaration, type Juror, jurorsOf, standingDeclarations } from '../queries.ts'
import { type Standing, standingOf } from '../standing.ts'

/** Who stands how to what: everything that the pages about declarations ask of a call, read once. */
export type Declared = {
  /** Everybody on the panel, whether they have accepted or not. */
  seats: Juror[]
  proposals: Submitted[]
  declarationOf: (jurorId: string, proposalId: string) => Declaration | null
  standing: (juror: Juror, proposal: Submitted) => Standing
  automatic: (juror: Juror, proposal: Submitted) => ReturnType<typeof automaticConflict>
}

export async function declaredFor(db: Db | Tx, call: StandingCall): Promise<Declared> {
  const [seats, proposals, declared] = await Promise.all([
    jurorsOf(db, call.id),
    eligibleFor(db, call.id),
    standingDeclarations(db, call.id)
  ])
  const byPair = new Map(declared.map(one => [`${one.jurorId} ${one.proposalId}`, one]))
  const declarationOf = (jurorId: string, proposalId: string) => byPair.get(`${jurorId} ${proposalId}`) ?? null
  const pairOf = (juror: Juror, proposal: Submitted): PairFacts => ({
    automatic: call.rules.jury.automaticConflicts,
    juror,
    proposal: applicantSide(proposal),
    declaration: declarationOf(juror.id, proposal.id)
  })
  return {
    seats,
    proposals,
    declarationOf,
    standing: (juror, proposal) => standingOf(pairOf(juror, proposal)),
    automatic: (juror, proposal) => automaticConflict(pairOf(juror, proposal))
  }
}
