import { and, desc, eq, isNull, lte } from 'drizzle-orm'
import { awardsOf } from '../awards/queries.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { submittedTo } from '../proposals/queries.ts'
import { recomputed, runWith } from '../ranking/queries.ts'
import { submittedReviews } from '../reviews/queries.ts'
import { type Content, publicContent } from './content.ts'
import { publications } from './tables.ts'

export type Publication = typeof publications.$inferSelect

/** What the public may see of a call at `now`: nothing before the minute. Corrections stand beside the original. */
export async function visibleOf(db: Db | Tx, callId: string, now: Date): Promise<Publication[]> {
  return db
    .select()
    .from(publications)
    .where(and(eq(publications.callId, callId), lte(publications.visibleAt, now), isNull(publications.takenBackAt)))
    .orderBy(desc(publications.visibleAt))
}

/** What would be published, from the signed decision; null before sign-off. */
export async function contentOf(
  db: Db | Tx,
  call: StandingCall
): Promise<{ content: Content; inputHash: string } | null> {
  const decided = await awardsOf(db, call.id)
  const run = decided[0] && (await runWith(db, decided[0].rankingId))
  if (!run) return null
  const numberOf = new Map(
    (
      await submittedTo(
        db,
        call.id,
        decided.map(({ proposalId }) => proposalId)
      )
    ).map(({ id, number, version }) => [id, { number, version }])
  )
  const subjects = [...numberOf.values()].map(({ number, version }) => ({
    number,
    answers: version.answers,
    applicant: version.applicant
  }))
  const amounts = new Map(
    decided.flatMap(({ proposalId, amountCents }) =>
      amountCents === null ? [] : [[numberOf.get(proposalId)?.number ?? '', amountCents] as const]
    )
  )
  const notCounted = (await submittedReviews(db, call.id)).filter(({ counts }) => !counts).length
  return {
    content: publicContent(call.slug, call.rules, { ranking: recomputed(run), subjects, amounts, notCounted }),
    inputHash: run.inputHash
  }
}

/** Everything two people have agreed to publish, visible already or not, the newest first. */
export async function publicationsOf(db: Db | Tx, callId: string): Promise<Publication[]> {
  return db
    .select()
    .from(publications)
    .where(and(eq(publications.callId, callId), isNull(publications.takenBackAt)))
    .orderBy(desc(publications.at))
}
