import { z } from 'zod'
import { aLine, aText, type Flat, linesOf, one } from '../../calls/editor/pieces.ts'
import { type Mistake, Mistaken } from '../../refusal.ts'
import type { DeclarationWord } from '../commands.ts'
import { NONE } from '../conflict.ts'

export const recusalForm = z.object({
  proposal: z.uuid(),
  kind: aLine(200).pipe(z.string().min(1, 'conflict_kind_missing')),
  word: aText(1000).pipe(z.string().min(1, 'reason_missing'))
})

export const tiesForm = z.object({
  ties: aText(8000)
    .transform(linesOf)
    .pipe(z.array(z.string().max(200)).max(200))
})

const word = aText(1000)

/**
 * What a juror said about the proposals that were on the page: `said.<id>` is none or conflict, with `kind.<id>` and
 * `word.<id>`. With `rest` ticked, silence means no conflict; without it a proposal nothing is said of is left for later.
 */
export function declarationsIn(
  flat: Flat,
  proposalIds: readonly string[],
  kinds: readonly string[]
): DeclarationWord[] {
  const rest = one(flat, 'rest') !== ''
  const mistakes: Mistake[] = []
  const words = proposalIds.flatMap((proposalId): DeclarationWord[] => {
    const said = one(flat, `said.${proposalId}`)
    if (said === 'none' || (said === '' && rest)) return [{ proposalId, kind: NONE, word: '' }]
    if (said !== 'conflict') return []
    const kind = one(flat, `kind.${proposalId}`)
    if (!kinds.includes(kind)) mistakes.push({ field: `kind.${proposalId}`, code: 'conflict_kind_missing' })
    const text = word.safeParse(one(flat, `word.${proposalId}`))
    if (!text.success) mistakes.push({ field: `word.${proposalId}`, code: 'too_long', maximum: 1000 })
    return [{ proposalId, kind, word: text.data ?? '' }]
  })
  if (mistakes.length > 0) throw new Mistaken(mistakes)
  return words
}
