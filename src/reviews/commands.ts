import { and, eq, isNull, sql } from 'drizzle-orm'
import { chairOf, organiserOf } from '../accounts/queries.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { type StandingCall, steadyCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { standsAside } from '../panel/conflict.ts'
import { seatOf, standingDeclaration } from '../panel/queries.ts'
import { assignments, jurors } from '../panel/tables.ts'
import { proposals } from '../proposals/tables.ts'
import { Mistaken, must, type Refusal, Refused } from '../refusal.ts'
import { type Review, type Scored, scoresOf, setAsideFrom, standingOf, submittedAt } from './queries.ts'
import { lackingIn, whyNotScore } from './rubric.ts'
import { reviews, scoreChanges, scores, submissions } from './tables.ts'

type By = { by: string }

/** Opens the juror's review of a proposal: the one there is, or a new draft. */
export async function beginReview(db: Db, { proposalId, by }: { proposalId: string } & By): Promise<string> {
  return db.transaction(async tx => {
    const [proposal] = await tx.select().from(proposals).where(eq(proposals.id, proposalId))
    const call = proposal && (await steadyCall(tx, proposal.callId))
    const juror = call && (await seatOf(tx, by, call.id))
    if (!call || !juror) throw new Refused({ code: 'not_found' })
    await assigned(tx, juror.id, proposalId)
    const [there] = await tx
      .select({ id: reviews.id })
      .from(reviews)
      .where(and(eq(reviews.proposalId, proposalId), eq(reviews.jurorId, juror.id)))
    if (there) return there.id
    must(whyNotIn(call.state, ['reviewing']))
    const [made] = await tx
      .insert(reviews)
      .values({
        callId: call.id,
        proposalId,
        jurorId: juror.id,
        toApplicantLanguage: juror.language,
        startedAt: call.now,
        savedAt: call.now
      })
      .onConflictDoUpdate({ target: [reviews.proposalId, reviews.jurorId], set: { proposalId } })
      .returning({ id: reviews.id })
    return made?.id ?? ''
  })
}

/** A released assignment without a conflict; otherwise there is nothing here. */
async function assigned(tx: Tx, jurorId: string, proposalId: string): Promise<void> {
  const [assignment] = await tx
    .select()
    .from(assignments)
    .where(and(eq(assignments.jurorId, jurorId), eq(assignments.proposalId, proposalId), isNull(assignments.endedAt)))
  const declaration = await standingDeclaration(tx, jurorId, proposalId)
  if (!assignment?.releasedAt || (declaration && standsAside(declaration))) throw new Refused({ code: 'not_found' })
}

export type ReviewWords = {
  /** Units by criterion; null takes a score back. Criteria left out stay as they are. */
  scores: Record<string, number | null>
  comments: Record<string, string>
  toApplicant: string
  toApplicantLanguage?: string
  toPanel: string
}

/**
 * Keeps what a juror typed and chose. `version` is the one the page was filled from: a stale save is a mistake at
 * `version`, and nothing is overwritten. A score changed after it was handed in becomes history, and the review is handed in anew at once.
 */
export async function saveReview(
  db: Db,
  { reviewId, version, by, ...words }: { reviewId: string; version?: number } & ReviewWords & By
): Promise<{ version: number; savedAt: Date }> {
  return db.transaction(async tx => {
    const { review, call, scored, handedIn } = await ownReview(tx, reviewId, by)
    must(whyNotIn(call.state, ['reviewing']))
    const { criteria, scale } = call.rules.rubric
    for (const [criterion, units] of Object.entries(words.scores)) {
      if (!criteria.some(({ id }) => id === criterion)) throw new Refused({ code: 'not_found' })
      const wrong = units === null ? null : whyNotScore(units, scale)
      if (wrong) throw new Mistaken([{ field: `score_${criterion}`, ...wrong }])
    }
    mustBeNewest(version, review)
    await writeScores(
      tx,
      reviewId,
      criteria.map(({ id }) => id),
      words,
      scored
    )
    const saved = { version: review.version + 1, savedAt: call.now }
    const { toApplicant, toPanel, toApplicantLanguage = review.toApplicantLanguage } = words
    await tx
      .update(reviews)
      .set({ toApplicant, toPanel, toApplicantLanguage, version: saved.version, savedAt: call.now })
      .where(eq(reviews.id, reviewId))
    if (handedIn) await handIn(tx, call, { ...review, toApplicant, toPanel }, by, scored)
    return saved
  })
}

function mustBeNewest(version: number | undefined, review: Review): void {
  if (version !== undefined && version !== review.version)
    throw new Mistaken([{ field: 'version', code: 'stale_review' }])
}

async function writeScores(
  tx: Tx,
  reviewId: string,
  criteria: string[],
  words: ReviewWords,
  before: Scored
): Promise<void> {
  const rows = criteria
    .filter(id => id in words.scores || id in words.comments)
    .map(criterion => ({
      reviewId,
      criterion,
      units: criterion in words.scores ? (words.scores[criterion] ?? null) : (before.units[criterion] ?? null),
      comment: words.comments[criterion] ?? before.comments[criterion] ?? ''
    }))
  if (rows.length === 0) return
  await tx
    .insert(scores)
    .values(rows)
    .onConflictDoUpdate({
      target: [scores.reviewId, scores.criterion],
      set: { units: sql`excluded.units`, comment: sql`excluded.comment` }
    })
}

/** Hands a review in. The same content twice is one submission. `version`: the one that was looked at before. */
export async function submitReview(
  db: Db,
  { reviewId, version, by }: { reviewId: string; version?: number } & By
): Promise<void> {
  await db.transaction(async tx => {
    const { review, call } = await ownReview(tx, reviewId, by)
    must(whyNotIn(call.state, ['reviewing']))
    mustBeNewest(version, review)
    await handIn(tx, call, review, by, null)
  })
}

async function handIn(tx: Tx, call: StandingCall, review: Review, by: string, before: Scored | null): Promise<void> {
  const scored = (await scoresOf(tx, [review.id])).get(review.id) ?? { units: {}, comments: {} }
  const lacking = lackingIn(
    { scores: scored.units, comments: scored.comments, toApplicant: review.toApplicant },
    call.rules.rubric
  )
  if (lacking.length > 0) throw new Mistaken(lacking.map(mistakeOf))
  const [last] = await tx
    .select()
    .from(submissions)
    .where(eq(submissions.reviewId, review.id))
    .orderBy(sql`${submissions.at} desc`)
    .limit(1)
  const content = {
    scores: scored.units,
    comments: scored.comments,
    toApplicant: review.toApplicant,
    toPanel: review.toPanel
  }
  if (
    last &&
    same(content, {
      scores: last.scores,
      comments: last.comments,
      toApplicant: last.toApplicant,
      toPanel: last.toPanel
    })
  )
    return
  await tx.insert(submissions).values({ reviewId: review.id, jurorId: review.jurorId, at: call.now, ...content })
  const changed =
    last && before ? call.rules.rubric.criteria.filter(({ id }) => before.units[id] !== scored.units[id]) : []
  if (changed.length > 0) {
    await tx.insert(scoreChanges).values(
      changed.map(({ id }) => ({
        reviewId: review.id,
        criterion: id,
        unitsBefore: before?.units[id] ?? 0,
        unitsAfter: scored.units[id] ?? 0,
        reason: '',
        byPerson: by,
        at: call.now
      }))
    )
  }
  await remember(tx, {
    callId: call.id,
    what: last ? 'review.changed' : 'review.submitted',
    about: review.id,
    byPerson: by,
    at: call.now,
    facts: { proposalId: review.proposalId },
    values: content
  })
}

/** What is lacking, at the field of the sheet where it can be mended. */
export const mistakeOf = ({ code, criterion }: Refusal) =>
  typeof criterion === 'string' ? { field: `score_${criterion}`, code, criterion } : { field: 'to_applicant', code }

const same = (a: Record<string, unknown>, b: Record<string, unknown>) => flat(a) === flat(b)
const flat = (value: Record<string, unknown>) =>
  JSON.stringify(
    Object.entries(value)
      .map(([key, inner]) => [key, typeof inner === 'object' && inner !== null ? Object.entries(inner).sort() : inner])
      .sort()
  )

/** The panel changes one score: the original stays, with a reason. By an organiser or the chair, after reviewing has closed. */
export async function reviseScore(
  db: Db,
  {
    reviewId,
    criterion,
    units,
    reason,
    by
  }: { reviewId: string; criterion: string; units: number; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [review] = await tx.select().from(reviews).where(eq(reviews.id, reviewId)).for('update')
    const call = review && (await steadyCall(tx, review.callId))
    if (!review || !call || !((await organiserOf(tx, by, call)) || (await chairOf(tx, by, call))))
      throw new Refused({ code: 'not_found' })
    must(whyNotIn(call.state, ['panel']))
    if ((await setAsideFrom(tx, by, call)).has(review.proposalId)) throw new Refused({ code: 'not_found' })
    const wrong = whyNotScore(units, call.rules.rubric.scale)
    if (wrong) throw new Mistaken([{ field: 'units', ...wrong }])
    if (reason.trim() === '') throw new Mistaken([{ field: 'reason', code: 'say_why' }])
    const before = (await scoresOf(tx, [reviewId])).get(reviewId)?.units[criterion]
    if (before === undefined || !(await submittedAt(tx, [reviewId])).has(reviewId))
      throw new Refused({ code: 'not_found' })
    if (before === units) return
    await tx
      .update(scores)
      .set({ units })
      .where(and(eq(scores.reviewId, reviewId), eq(scores.criterion, criterion)))
    await tx
      .insert(scoreChanges)
      .values({ reviewId, criterion, unitsBefore: before, unitsAfter: units, reason, byPerson: by, at: call.now })
    await remember(tx, {
      callId: call.id,
      what: 'score.revised',
      about: reviewId,
      byPerson: by,
      at: call.now,
      facts: { criterion, before, after: units, proposalId: review.proposalId },
      values: { reason }
    })
  })
}

/** The juror's own review, locked, its assignment still standing. */
async function ownReview(
  tx: Tx,
  reviewId: string,
  by: string
): Promise<{ review: Review; call: StandingCall; scored: Scored; handedIn: boolean }> {
  const [found] = await tx
    .select({ review: reviews })
    .from(reviews)
    .innerJoin(jurors, eq(reviews.jurorId, jurors.id))
    .where(and(eq(reviews.id, reviewId), eq(jurors.personId, by)))
    .for('update', { of: reviews })
  const call = found && (await steadyCall(tx, found.review.callId))
  if (!found || !call) throw new Refused({ code: 'not_found' })
  const { released, declared, ...written } = await standingOf(tx, found.review)
  if (!released || (declared && standsAside(declared))) throw new Refused({ code: 'not_found' })
  return { review: found.review, call, ...written }
}
