import { and, asc, eq } from 'drizzle-orm'
import { awards } from '../../awards/tables.ts'
import type { Db } from '../../db/connect.ts'
import { proposals } from '../../proposals/tables.ts'
import type { KeptLetter } from '../queries.ts'
import { letters } from '../tables.ts'

/** The decision letters of a call, without their texts: best rank first. */
export async function decisionLetters(db: Db, callId: string) {
  return db
    .select({
      id: letters.id,
      proposalId: proposals.id,
      email: letters.email,
      language: letters.language,
      subject: letters.subject,
      releasedAt: letters.releasedAt,
      sentAt: letters.sentAt,
      stoppedAt: letters.stoppedAt,
      trouble: letters.trouble,
      number: proposals.number,
      outcome: awards.outcome,
      rank: awards.rank
    })
    .from(letters)
    .innerJoin(awards, and(eq(awards.proposalId, letters.proposalId), eq(awards.callId, letters.callId)))
    .innerJoin(proposals, eq(proposals.id, letters.proposalId))
    .where(and(eq(letters.callId, callId), eq(letters.kind, 'decision')))
    .orderBy(asc(awards.rank), asc(proposals.number))
}

export type DecisionLetter = Awaited<ReturnType<typeof decisionLetters>>[number]

/** One of them. A letter of another kind or call is as little there as one that never was. */
export async function decisionLetterOf(db: Db, callId: string, letterId: string): Promise<KeptLetter | null> {
  const [letter] = await db
    .select()
    .from(letters)
    .where(and(eq(letters.id, letterId), eq(letters.callId, callId), eq(letters.kind, 'decision')))
  return letter ?? null
}
