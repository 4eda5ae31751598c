import { asc, desc, eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { programmes } from './tables.ts'

export type Programme = typeof programmes.$inferSelect

/** The programme a page is about; without one, the installation's only or newest programme. */
export async function programmeShown(db: Db | Tx, programmeId: string | null): Promise<Programme | null> {
  const query = db.select().from(programmes)
  const [programme] = programmeId
    ? await query.where(eq(programmes.id, programmeId))
    : await query.orderBy(desc(programmes.madeAt), asc(programmes.slug)).limit(1)
  return programme ?? null
}
