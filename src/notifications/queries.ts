import { desc, eq, getTableColumns } from 'drizzle-orm'
import type { Db } from '../db/connect.ts'
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
