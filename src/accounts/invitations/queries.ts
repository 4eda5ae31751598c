import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import { calls } from '../../calls/tables.ts'
import type { Db } from '../../db/connect.ts'
import type { Invitation } from '../queries.ts'
import { invitations } from '../tables.ts'

/** Who has been asked into a programme's team and has not accepted, the oldest first: for its organisers. */
export async function askedToTeam(db: Db, programmeId: string): Promise<Invitation[]> {
  return db
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.programmeId, programmeId),
        inArray(invitations.purpose, ['organiser', 'auditor']),
        isNull(invitations.usedAt)
      )
    )
    .orderBy(asc(invitations.madeAt))
}

/** Where somebody goes who has accepted. */
export async function leadsTo(db: Db, { purpose, callId }: Invitation): Promise<string> {
  if (purpose !== 'juror' || !callId) return '/desk'
  const [call] = await db.select({ slug: calls.slug }).from(calls).where(eq(calls.id, callId))
  return call ? `/jury/${call.slug}` : '/desk'
}
