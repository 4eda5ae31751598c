import { and, count, desc, eq, exists, inArray, isNull, sql } from 'drizzle-orm'
import { people } from '../../accounts/tables.ts'
import type { Db } from '../../db/connect.ts'
import { proposals, screenings, versions } from '../tables.ts'

/** Who has begun, and who has submitted: no text of a draft is read. */
export async function begunIn(db: Db, callId: string) {
  return db
    .select({
      id: proposals.id,
      name: people.name,
      institution: people.institution,
      country: people.country,
      begunAt: proposals.madeAt,
      number: proposals.number,
      submitted: sql<boolean>`${exists(db.select({ one: sql`1` }).from(versions).where(eq(versions.proposalId, proposals.id)))}`
    })
    .from(proposals)
    .innerJoin(people, eq(proposals.applicantId, people.id))
    .where(and(eq(proposals.callId, callId), isNull(proposals.withdrawnAt)))
    .orderBy(desc(proposals.madeAt))
}

export async function withdrawnFrom(db: Db, callId: string): Promise<number> {
  const [row] = await db
    .select({ withdrawn: count() })
    .from(proposals)
    .where(and(eq(proposals.callId, callId), sql`${proposals.withdrawnAt} is not null`))
  return row?.withdrawn ?? 0
}

/** All that was said in screening about one proposal, the oldest first, with who said it. */
export async function screeningsOf(db: Db, proposalId: string) {
  const rows = await db.select().from(screenings).where(eq(screenings.proposalId, proposalId)).orderBy(screenings.at)
  const ids = [...new Set(rows.map(({ byPerson }) => byPerson))]
  const names = ids.length > 0 ? await db.select().from(people).where(inArray(people.id, ids)) : []
  return rows.map(row => ({ ...row, by: names.find(({ id }) => id === row.byPerson)?.name ?? '' }))
}
