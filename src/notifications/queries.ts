import { and, desc, eq, getTableColumns, isNull } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { letters } from './tables.ts'

export type KeptLetter = typeof letters.$inferSelect
export type LetterHead = Omit<KeptLetter, 'text' | 'html'>

/** The newest letters of the outbox, without their texts. */
export async function newestLetters(db: Db, most = 200): Promise<LetterHead[]> {
  const { text: _text, html: _html, ...head } = getTableColumns(letters)
  return db.select(head).from(letters).orderBy(desc(letters.madeAt), desc(letters.id)).limit(most)
}

export async function letterWith(db: Db, id: string): Promise<KeptLetter | null> {
  const [letter] = await db.select().from(letters).where(eq(letters.id, id))
  return letter ?? null
}

/** Why a letter stands still that somebody of the team stopped. */
export const STOPPED_BY_HAND = 'stopped_by_hand'

/** Of these proposals those whose decision letter was stopped before it left: their applicants do not know yet. */
export async function stoppedDecisions(db: Db | Tx, callId: string): Promise<Set<string>> {
  const rows = await db
    .select({ proposalId: letters.proposalId })
    .from(letters)
    .where(
      and(
        eq(letters.callId, callId),
        eq(letters.kind, 'decision'),
        eq(letters.trouble, STOPPED_BY_HAND),
        isNull(letters.sentAt)
      )
    )
  return new Set(rows.flatMap(({ proposalId }) => proposalId ?? []))
}
