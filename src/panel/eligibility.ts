import type { Refusal } from '../refusal.ts'
import { standsAside } from './conflict.ts'

/** What is known of one pair of juror and proposal. `null` for a declaration that was never asked for or given. */
export type PairFacts = {
  automatic: readonly ('country' | 'institution')[]
  juror: { country: string; institution: string; personId: string | null }
  proposal: { country: string; institution: string; applicantId: string }
  declaration: { kind: string; decision: 'recused' | 'no_conflict' | null } | null
}

/** A conflict nobody has to declare: the call's sealed rules name equal values on both sides. */
export function automaticConflict({
  automatic,
  juror,
  proposal
}: Pick<PairFacts, 'automatic' | 'juror' | 'proposal'>): 'own_proposal' | 'country' | 'institution' | null {
  if (juror.personId !== null && juror.personId === proposal.applicantId) return 'own_proposal'
  const same = (a: string, b: string) => a !== '' && a.trim().toLocaleLowerCase() === b.trim().toLocaleLowerCase()
  return automatic.find(field => same(juror[field], proposal[field])) ?? null
}

/** Why a juror cannot be given a proposal; `null`: they can. A conflict that waits for its decision counts as one. */
export function whyNotAssign(pair: PairFacts): Refusal | null {
  const automatic = automaticConflict(pair)
  if (automatic) return { code: 'conflict_automatic', kind: automatic }
  if (!pair.declaration) return { code: 'not_declared' }
  return standsAside(pair.declaration) ? { code: 'conflict_declared', kind: pair.declaration.kind } : null
}
