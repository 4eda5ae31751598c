import { and, eq, isNull } from 'drizzle-orm'
import type { Db } from '../../db/connect.ts'
import { standsAside } from '../../panel/conflict.ts'
import { releasedTo, standingDeclarations } from '../../panel/queries.ts'
import { type Submitted, submittedTo } from '../../proposals/queries.ts'
import { type Review, type Scored, scoresOf, submittedAt } from '../queries.ts'
import { reviews } from '../tables.ts'

export type ToJudge = {
  proposal: Submitted
  review: (Review & Scored & { submittedAt: Date | null }) | null
}

/** What was given to a juror to judge, without what they stand aside from, each with their own review as far as it is. */
export async function toJudge(db: Db, { jurorId, callId }: { jurorId: string; callId: string }): Promise<ToJudge[]> {
  const [given, declared, own] = await Promise.all([
    releasedTo(db, jurorId),
    standingDeclarations(db, callId),
    db
      .select()
      .from(reviews)
      .where(and(eq(reviews.jurorId, jurorId), isNull(reviews.voidAt)))
  ])
  const aside = new Set(
    declared.filter(one => one.jurorId === jurorId && standsAside(one)).map(({ proposalId }) => proposalId)
  )
  const ids = own.map(({ id }) => id)
  const [proposals, scored, handedIn] = await Promise.all([
    submittedTo(
      db,
      callId,
      given.map(({ proposalId }) => proposalId).filter(id => !aside.has(id))
    ),
    scoresOf(db, ids),
    submittedAt(db, ids)
  ])
  return proposals.map(proposal => {
    const review = own.find(({ proposalId }) => proposalId === proposal.id)
    return {
      proposal,
      review: review
        ? {
            ...review,
            ...(scored.get(review.id) ?? { units: {}, comments: {} }),
            submittedAt: handedIn.get(review.id) ?? null
          }
        : null
    }
  })
}
