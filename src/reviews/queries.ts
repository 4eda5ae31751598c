import { and, asc, desc, eq, getTableColumns, inArray, isNotNull, isNull, notInArray, sql } from 'drizzle-orm'
import { people } from '../accounts/tables.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { type Declared, standsAside } from '../panel/conflict.ts'
import { automaticConflict } from '../panel/eligibility.ts'
import { interestOf, seatOf, standingDeclarations } from '../panel/queries.ts'
import { assignments, jurors } from '../panel/tables.ts'
import { submittedTo } from '../proposals/queries.ts'
import { proposals } from '../proposals/tables.ts'
import { reviews, scoreChanges, scores, submissions } from './tables.ts'

export type Review = typeof reviews.$inferSelect
export type Scored = { units: Record<string, number>; comments: Record<string, string> }

/** A juror's own review with its scores. Somebody else's and one that never was look the same. */
export async function reviewOf(
  db: Db | Tx,
  personId: string,
  reviewId: string
): Promise<(Review & Scored & { submittedAt: Date | null }) | null> {
  const [found] = await db
    .select({
      review: reviews,
      scores: sql<ScoreRow[] | null>`(
        select json_agg(json_build_object('criterion', s.criterion, 'units', s.units, 'comment', s.comment))
        from scores s where s.review_id = ${reviews.id})`,
      submittedAt: sql<string | null>`(select max(s.at) from submissions s where s.review_id = ${reviews.id})`
    })
    .from(reviews)
    .innerJoin(jurors, eq(reviews.jurorId, jurors.id))
    .where(and(eq(reviews.id, reviewId), eq(jurors.personId, personId)))
  if (!found) return null
  const scored: Scored = { units: {}, comments: {} }
  for (const row of found.scores ?? []) enter(scored, row)
  return { ...found.review, ...scored, submittedAt: found.submittedAt === null ? null : new Date(found.submittedAt) }
}

/**
 * What a review's writing hangs on: its scores, whether it was handed in, whether its assignment is released and stands,
 * and the juror's newest word on the proposal. In one question, asked once the review is locked.
 */
export async function standingOf(
  tx: Tx,
  { id, jurorId, proposalId }: Review
): Promise<{ scored: Scored; handedIn: boolean; released: boolean; declared: Declared | null }> {
  const [row] = await tx.execute<{
    scores: ScoreRow[] | null
    handed_in: boolean
    released: boolean
    declared: Declared | null
  }>(sql`
    select
      (select json_agg(json_build_object('criterion', criterion, 'units', units, 'comment', comment))
       from scores where review_id = ${id}) as scores,
      exists (select from submissions where review_id = ${id}) as handed_in,
      exists (select from assignments where juror_id = ${jurorId} and proposal_id = ${proposalId}
       and ended_at is null and released_at is not null) as released,
      (select json_build_object('kind', kind, 'decision', decision) from declarations
       where juror_id = ${jurorId} and proposal_id = ${proposalId} order by declared_at desc limit 1) as declared`)
  const scored: Scored = { units: {}, comments: {} }
  for (const score of row?.scores ?? []) enter(scored, score)
  return {
    scored,
    handedIn: row?.handed_in === true,
    released: row?.released === true,
    declared: row?.declared ?? null
  }
}

type ScoreRow = { criterion: string; units: number | null; comment: string }

function enter(scored: Scored, { criterion, units, comment }: ScoreRow): void {
  if (units !== null) scored.units[criterion] = units
  if (comment !== '') scored.comments[criterion] = comment
}

/** Scores and comments of many reviews, read at once. */
export async function scoresOf(db: Db | Tx, reviewIds: string[]): Promise<Map<string, Scored>> {
  const found = new Map<string, Scored>(reviewIds.map(id => [id, { units: {}, comments: {} }]))
  if (reviewIds.length === 0) return found
  for (const row of await db.select().from(scores).where(inArray(scores.reviewId, reviewIds))) {
    const scored = found.get(row.reviewId)
    if (scored) enter(scored, row)
  }
  return found
}

/** When each review was last handed in; one that never was is absent. */
export async function submittedAt(db: Db | Tx, reviewIds: string[]): Promise<Map<string, Date>> {
  if (reviewIds.length === 0) return new Map()
  const rows = await db
    .selectDistinctOn([submissions.reviewId], { reviewId: submissions.reviewId, at: submissions.at })
    .from(submissions)
    .where(inArray(submissions.reviewId, reviewIds))
    .orderBy(submissions.reviewId, desc(submissions.at))
  return new Map(rows.map(({ reviewId, at }) => [reviewId, at]))
}

export type CountedReview = { reviewId: string; proposalId: string; jurorId: string; scores: Record<string, number> }

/**
 * The reviews that count: submitted, not void, their assignment standing and their juror not recused from the proposal.
 * Scores in units, as they stand after the panel. Drafts never come near here.
 */
export async function countedReviews(db: Db | Tx, callId: string): Promise<CountedReview[]> {
  return (await submittedReviews(db, callId)).filter(({ counts }) => counts)
}

export type SubmittedReview = CountedReview & {
  counts: boolean
  comments: Record<string, string>
  toApplicant: string
  toApplicantLanguage: string
  toPanel: string
  at: Date
}

/** All submitted reviews of a call, those that do not count marked as such. */
export async function submittedReviews(db: Db | Tx, callId: string): Promise<SubmittedReview[]> {
  const rows = await db
    .select({ review: reviews, assigned: assignments.id, endedAt: jurors.endedAt })
    .from(reviews)
    .innerJoin(jurors, eq(reviews.jurorId, jurors.id))
    .leftJoin(
      assignments,
      and(
        eq(assignments.proposalId, reviews.proposalId),
        eq(assignments.jurorId, reviews.jurorId),
        isNull(assignments.endedAt),
        isNotNull(assignments.releasedAt)
      )
    )
    .where(eq(reviews.callId, callId))
    .orderBy(asc(reviews.startedAt), asc(reviews.id))
  const ids = rows.map(({ review }) => review.id)
  const [scored, handedIn, declared] = [
    await scoresOf(db, ids),
    await submittedAt(db, ids),
    await standingDeclarations(db, callId)
  ]
  const aside = new Set(declared.filter(standsAside).map(({ jurorId, proposalId }) => `${jurorId} ${proposalId}`))
  return rows.flatMap(({ review, assigned }) => {
    const at = handedIn.get(review.id)
    if (!at) return []
    const { units, comments } = scored.get(review.id) ?? { units: {}, comments: {} }
    const counts = review.voidAt === null && assigned !== null && !aside.has(`${review.jurorId} ${review.proposalId}`)
    const { id, proposalId, jurorId, toApplicant, toApplicantLanguage, toPanel } = review
    return [
      {
        reviewId: id,
        proposalId,
        jurorId,
        scores: units,
        counts,
        comments,
        toApplicant,
        toApplicantLanguage,
        toPanel,
        at
      }
    ]
  })
}

/**
 * The proposals of a call that a person is shut out of, whatever else they may do here: every one if they applied
 * themselves, else those from which their seat on the panel keeps them away.
 */
export async function setAsideFrom(db: Db | Tx, personId: string, call: StandingCall): Promise<Set<string>> {
  const [{ applied, apart }, seat] = [await interestOf(db, personId, call.id), await seatOf(db, personId, call.id)]
  // What somebody declared outlives their seat.
  const aside = new Set(apart)
  if (!applied && !seat) return aside
  const submitted = await submittedTo(db, call.id)
  if (applied || !seat) return new Set(submitted.map(({ id }) => id))
  const { automaticConflicts: automatic } = call.rules.jury
  for (const { id, applicantId, version } of submitted) {
    const proposal = { country: version.applicant.country, institution: version.applicant.institution, applicantId }
    if (automaticConflict({ automatic, juror: seat, proposal })) aside.add(id)
  }
  return aside
}

export type ScoreChange = Omit<typeof scoreChanges.$inferSelect, 'byPerson'> & { byName: string }

/** Scores changed after their review was handed in, by review, the oldest first. Those with a reason are the panel's. */
export async function changesOf(db: Db | Tx, reviewIds: string[]): Promise<ScoreChange[]> {
  if (reviewIds.length === 0) return []
  const { byPerson, ...columns } = getTableColumns(scoreChanges)
  return db
    .select({ ...columns, byName: people.name })
    .from(scoreChanges)
    .innerJoin(people, eq(people.id, byPerson))
    .where(inArray(scoreChanges.reviewId, reviewIds))
    .orderBy(asc(scoreChanges.at), asc(scoreChanges.id))
}

export type Progress = {
  jurorId: string
  label: string
  name: string
  country: string
  assigned: number
  begun: number
  submitted: number
}

/**
 * Who has scored how much, never what: assigned, begun and handed in, by juror. `aside`: proposals that the reader stands
 * aside from, which are in no count of theirs.
 */
export async function progressOf(
  db: Db | Tx,
  callId: string,
  aside: ReadonlySet<string> = new Set()
): Promise<Progress[]> {
  const rows = await db
    .select({
      jurorId: jurors.id,
      label: jurors.label,
      name: jurors.name,
      country: jurors.country,
      assigned: sql<number>`count(${assignments.id})::int`,
      begun: sql<number>`count(${reviews.id})::int`,
      submitted: sql<number>`count(*) filter (where exists (select 1 from ${submissions} where ${submissions.reviewId} = ${reviews.id}))::int`
    })
    .from(jurors)
    .leftJoin(
      assignments,
      and(
        eq(assignments.jurorId, jurors.id),
        isNull(assignments.endedAt),
        isNotNull(assignments.releasedAt),
        aside.size > 0 ? notInArray(assignments.proposalId, [...aside]) : undefined
      )
    )
    .leftJoin(reviews, and(eq(reviews.jurorId, jurors.id), eq(reviews.proposalId, assignments.proposalId)))
    .where(and(eq(jurors.callId, callId), isNull(jurors.endedAt), isNotNull(jurors.acceptedAt)))
    .groupBy(jurors.id)
    .orderBy(asc(jurors.label))
  return rows
}

/** How many reviews each proposal was given out for, and how many are in; never what they say. */
export async function coverageOf(
  db: Db | Tx,
  callId: string
): Promise<{ proposalId: string; number: string; assigned: number; submitted: number }[]> {
  return db
    .select({
      proposalId: proposals.id,
      number: sql<string>`coalesce(${proposals.number}, '')`,
      assigned: sql<number>`count(*)::int`,
      submitted: sql<number>`count(*) filter (where exists (select 1 from ${submissions} where ${submissions.reviewId} = ${reviews.id}))::int`
    })
    .from(assignments)
    .innerJoin(proposals, eq(proposals.id, assignments.proposalId))
    .leftJoin(
      reviews,
      and(
        eq(reviews.jurorId, assignments.jurorId),
        eq(reviews.proposalId, assignments.proposalId),
        isNull(reviews.voidAt)
      )
    )
    .where(
      and(
        eq(assignments.callId, callId),
        isNull(assignments.endedAt),
        isNotNull(assignments.releasedAt),
        isNull(proposals.withdrawnAt)
      )
    )
    .groupBy(proposals.id)
    .orderBy(sql`${proposals.number} collate "C"`)
}

/** Comments to the applicant of the reviews that count, in an order that tells no juror apart. */
export async function feedbackFor(
  db: Db | Tx,
  callId: string
): Promise<Map<string, { text: string; language: string }[]>> {
  const byProposal = new Map<string, { text: string; language: string; key: string }[]>()
  for (const { proposalId, reviewId, toApplicant, toApplicantLanguage, counts } of await submittedReviews(db, callId)) {
    if (!counts || toApplicant.trim() === '') continue
    // A review's id is random: sorted by it, nobody's first reader stands first.
    byProposal.set(proposalId, [
      ...(byProposal.get(proposalId) ?? []),
      { text: toApplicant, language: toApplicantLanguage, key: reviewId }
    ])
  }
  return new Map(
    [...byProposal].map(([id, comments]) => [
      id,
      comments.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ text, language }) => ({ text, language }))
    ])
  )
}
