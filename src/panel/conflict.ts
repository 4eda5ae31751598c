/** What a juror may declare of a proposal: nothing to declare, or a conflict of some kind. */
export const NONE = 'none'

/** The kind of a conflict that an organiser entered without the juror's word. */
export const BY_ORGANISER = 'by_organiser'

export type Declared = { kind: string; decision: 'recused' | 'no_conflict' | null }

/**
 * Whether the newest declaration of a pair keeps the juror away from the proposal: a conflict does from the moment it
 * is declared, until an organiser decides that it is none.
 */
export function standsAside({ kind, decision }: Declared): boolean {
  return kind !== NONE && decision !== 'no_conflict'
}
