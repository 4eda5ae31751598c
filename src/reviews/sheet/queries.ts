import { and, eq } from 'drizzle-orm'
import type { StandingCall } from '../../calls/queries.ts'
import type { Db } from '../../db/connect.ts'
import { type Juror, seatOf } from '../../panel/queries.ts'
import { jurors } from '../../panel/tables.ts'
import { type Programme, programmeOfCall } from '../../programmes/queries.ts'
import { type Submitted, submittedTo } from '../../proposals/queries.ts'
import { changesOf, type Review, reviewOf, type ScoreChange, type Scored } from '../queries.ts'
import { reviews } from '../tables.ts'

/** A juror's own review with everything its pages say; the proposal as it was submitted. */
export type Sitting = {
  call: StandingCall
  juror: Juror
  proposal: Submitted
  programme: Programme | null
  /** The juror's review of it, where there is one. */
  begun: string | null
}

export type OwnReview = Review & Scored & { submittedAt: Date | null }
export type SittingWithReview = Sitting & { review: OwnReview; changes: ScoreChange[] }

export async function sittingOf(
  db: Db,
  personId: string,
  { call, proposalId }: { call: StandingCall; proposalId: string }
): Promise<Sitting | null> {
  const [about, [own]] = await Promise.all([
    aboutOf(db, personId, { call, proposalId }),
    db
      .select({ id: reviews.id })
      .from(reviews)
      .innerJoin(jurors, eq(reviews.jurorId, jurors.id))
      .where(and(eq(reviews.proposalId, proposalId), eq(jurors.personId, personId)))
  ])
  return about && { ...about, begun: own?.id ?? null }
}

async function aboutOf(
  db: Db,
  personId: string,
  { call, proposalId }: { call: StandingCall; proposalId: string }
): Promise<Omit<Sitting, 'begun'> | null> {
  const [juror, [proposal], programme] = await Promise.all([
    seatOf(db, personId, call.id),
    submittedTo(db, call.id, [proposalId]),
    programmeOfCall(db, call)
  ])
  return juror && proposal ? { call, juror, proposal, programme } : null
}

export async function reviewSitting(
  db: Db,
  personId: string,
  { call, reviewId }: { call: StandingCall; reviewId: string }
): Promise<SittingWithReview | null> {
  const review = await reviewOf(db, personId, reviewId)
  if (!review) return null
  const [about, changes] = await Promise.all([
    aboutOf(db, personId, { call, proposalId: review.proposalId }),
    // Only what was handed in can have been changed since.
    review.submittedAt ? changesOf(db, [reviewId]) : []
  ])
  return about && { ...about, begun: reviewId, review, changes }
}
