import { NONE } from './conflict.ts'
import { automaticConflict, type PairFacts } from './eligibility.ts'

/**
 * How a juror stands to a proposal. automatic: never asked, the rules decide · silent: asked, no word yet · none: declared
 * none · waiting: declared a conflict that nobody has decided, and stands aside · recused · cleared: declared, decided that
 * it is none.
 */
export type Standing = 'automatic' | 'silent' | 'none' | 'waiting' | 'recused' | 'cleared'

export function standingOf(pair: PairFacts): Standing {
  if (automaticConflict(pair)) return 'automatic'
  const { declaration } = pair
  if (!declaration) return 'silent'
  if (declaration.kind === NONE) return 'none'
  if (declaration.decision === null) return 'waiting'
  return declaration.decision === 'recused' ? 'recused' : 'cleared'
}

/** How many of each. */
export function tally(standings: readonly Standing[]): Record<Standing | 'asked' | 'declared', number> {
  const count = (...wanted: Standing[]) => standings.filter(standing => wanted.includes(standing)).length
  const [automatic, silent] = [count('automatic'), count('silent')]
  const asked = standings.length - automatic
  return {
    automatic,
    silent,
    none: count('none'),
    waiting: count('waiting'),
    recused: count('recused'),
    cleared: count('cleared'),
    asked,
    declared: asked - silent
  }
}
