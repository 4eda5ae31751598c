import type { StandingCall } from '../../calls/queries.ts'
import type { Db } from '../../db/connect.ts'
import { type Juror, jurorsOf } from '../../panel/queries.ts'
import { eligibleFor, type Submitted } from '../../proposals/queries.ts'
import { changesOf, type ScoreChange, type SubmittedReview, setAsideFrom, submittedReviews } from '../queries.ts'

/** One proposal before the panel: its submitted reviews, and what was changed in them since. */
export type Meeting = {
  proposal: Submitted
  reviews: (SubmittedReview & { juror: Juror | null })[]
  changes: ScoreChange[]
}

/**
 * What the panel has before it, without what the person who looks is shut out of. Only submitted reviews; drafts never
 * come near here.
 */
export async function meetingOf(db: Db, personId: string, call: StandingCall): Promise<Meeting[]> {
  const [proposals, reviews, jurors, aside] = await Promise.all([
    eligibleFor(db, call.id),
    submittedReviews(db, call.id),
    jurorsOf(db, call.id),
    setAsideFrom(db, personId, call)
  ])
  const shown = reviews.filter(({ proposalId }) => !aside.has(proposalId))
  const changes = await changesOf(
    db,
    shown.map(({ reviewId }) => reviewId)
  )
  const jurorById = new Map(jurors.map(juror => [juror.id, juror]))
  return proposals
    .filter(({ id }) => !aside.has(id))
    .map(proposal => {
      // By the review's random id: an order that tells no juror apart where they have letters only.
      const own = shown
        .filter(({ proposalId }) => proposalId === proposal.id)
        .sort((a, b) => (a.reviewId < b.reviewId ? -1 : 1))
      return {
        proposal,
        reviews: own.map(review => ({ ...review, juror: jurorById.get(review.jurorId) ?? null })),
        changes: changes.filter(({ reviewId }) => own.some(review => review.reviewId === reviewId))
      }
    })
}
