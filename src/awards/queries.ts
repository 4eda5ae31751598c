import { eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { awards } from './tables.ts'

export type Award = typeof awards.$inferSelect

/** What was decided on each proposal of a call; empty before sign-off. */
export async function awardsOf(db: Db | Tx, callId: string): Promise<Award[]> {
  return db.select().from(awards).where(eq(awards.callId, callId))
}
