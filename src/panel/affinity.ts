import type { AssignmentInput } from './assignmentinput.ts'

export type Side = { proposals: ProposalSide[]; jurors: JurorSide[] }
export type ProposalSide = { id: string; country: string; institution: string; language: string; theme: string }
export type JurorSide = {
  id: string
  country: string
  institution: string
  reads: string[]
  expertise: string[]
  minLoad: number
  maxLoad: number
}

/** Affinity runs from 0 to 100: reading the proposal's language counts for more than knowing its theme. */
export const AFFINITY = { scale: 100, language: 60, theme: 40 } as const

/** How well a juror fits a proposal. English is read by whoever reads nothing else of it: the summary is there in English. */
export function affinityOf(juror: JurorSide, proposal: ProposalSide): number {
  const language = proposal.language === '' || juror.reads.includes(proposal.language) ? AFFINITY.language : 0
  const theme = juror.expertise.includes(proposal.theme) ? AFFINITY.theme : 0
  return language + theme
}

/**
 * The instance that the solver gets (format asg-1): `possible` says of each pair whether it may be, locked pairs are
 * kept. Proposals and jurors stand in the order given, which must not depend on when they came.
 */
export function assignmentInput(
  { proposals, jurors }: Side,
  {
    demand,
    minReaders,
    possible,
    locked,
    seed
  }: {
    demand: number
    minReaders: number
    possible: (proposalId: string, jurorId: string) => boolean
    locked: [string, string][]
    seed: number
  }
): AssignmentInput {
  return {
    format: 'asg-1',
    scale: AFFINITY.scale,
    proposals: proposals.map(({ id, country, institution, language }) => ({
      id,
      demand,
      country: country || null,
      org: institution || null,
      lang: language || null
    })),
    jurors: jurors.map(({ id, minLoad, maxLoad, country, institution, reads }) => ({
      id,
      min: minLoad,
      max: maxLoad,
      country: country || null,
      org: institution || null,
      langs: reads
    })),
    affinity: proposals.map(proposal =>
      jurors.map(juror => (possible(proposal.id, juror.id) ? affinityOf(juror, proposal) : null))
    ),
    locked,
    rules: minReaders > 0 ? { minReaders } : {},
    objective: 'total',
    seed
  }
}
