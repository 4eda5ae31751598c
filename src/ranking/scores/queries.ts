import { asc, inArray } from 'drizzle-orm'
import type { Db } from '../../db/connect.ts'
import { jurorsOf } from '../../panel/queries.ts'
import { type SubmittedReview, submittedReviews } from '../../reviews/queries.ts'
import { scoreChanges } from '../../reviews/tables.ts'

export type Change = typeof scoreChanges.$inferSelect
export type GivenReview = SubmittedReview & {
  juror: { label: string; name: string; country: string }
  changes: Change[]
}

/** Every review of one proposal that was handed in, by juror, with the scores that changed after that. */
export async function reviewsGiven(db: Db, callId: string, proposalId: string): Promise<GivenReview[]> {
  const given = (await submittedReviews(db, callId)).filter(review => review.proposalId === proposalId)
  if (given.length === 0) return []
  const [jurors, changes] = await Promise.all([
    jurorsOf(db, callId),
    db
      .select()
      .from(scoreChanges)
      .where(
        inArray(
          scoreChanges.reviewId,
          given.map(({ reviewId }) => reviewId)
        )
      )
      .orderBy(asc(scoreChanges.at))
  ])
  const jurorWith = new Map(jurors.map(juror => [juror.id, juror]))
  return given
    .map(review => {
      const { label = '', name = '', country = '' } = jurorWith.get(review.jurorId) ?? {}
      return {
        ...review,
        juror: { label, name, country },
        changes: changes.filter(({ reviewId }) => reviewId === review.reviewId)
      }
    })
    .sort((a, b) => (a.juror.label < b.juror.label ? -1 : 1))
}
