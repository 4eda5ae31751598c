import { and, count, eq, exists, gt, isNotNull, isNull, notExists } from 'drizzle-orm'
import { organiserOf } from '../accounts/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { declaredFor } from '../panel/declaring/queries.ts'
import { assignments } from '../panel/tables.ts'
import { proposals, screenings, versions } from '../proposals/tables.ts'
import { isInterested } from '../ranking/queries.ts'
import { must, type Refusal, Refused } from '../refusal.ts'
import { reviews, submissions } from '../reviews/tables.ts'
import { whyNotCloseReviewing, whyNotEndDeclarations, whyNotEndScreening } from './changing.ts'
import { decide } from './decisions.ts'
import { type Decision, type State, statesFrom, whyNotIn } from './lifecycle.ts'
import { lockedCall, type StandingCall } from './queries.ts'
import { extensions } from './tables.ts'

type Request = { callId: string; by: string }

export const endScreening = (db: Db, request: Request) =>
  move(db, request, { from: 'screening', decision: 'screening_ended', whyNot: whyNotScreened })

export const endDeclarations = (db: Db, request: Request) =>
  move(db, request, { from: 'declaring', decision: 'declarations_ended', whyNot: whyNotDeclared })

export const closeReviewing = (db: Db, request: Request) =>
  move(db, request, { from: 'reviewing', decision: 'reviewing_closed', whyNot: whyNotReviewed })

type Step = { from: State; decision: Decision; whyNot: (tx: Tx, call: StandingCall) => Promise<Refusal | null> }

/** Moves a call on. Where time, or a first click, has moved it already, there is nothing left to do. */
async function move(db: Db, { callId, by }: Request, { from, decision, whyNot }: Step): Promise<void> {
  await db.transaction(async tx => {
    const call = await lockedCall(tx, callId)
    if (!call || !(await organiserOf(tx, by, call)) || (await isInterested(tx, callId, by)))
      throw new Refused({ code: 'not_found' })
    if (statesFrom(from).slice(1).includes(call.state)) return
    must(whyNotIn(call.state, [from]))
    must(await whyNot(tx, call))
    await decide(tx, { callId, decision, by, at: call.now })
    await remember(tx, { callId, what: `call.${decision}`, about: callId, byPerson: by, at: call.now })
  })
}

async function whyNotScreened(tx: Tx, call: StandingCall): Promise<Refusal | null> {
  const [left] = await tx
    .select({ unscreened: count() })
    .from(proposals)
    .where(
      and(
        submittedTo(tx, call.id),
        notExists(tx.select().from(screenings).where(eq(screenings.proposalId, proposals.id)))
      )
    )
  const [late] = await tx
    .select({ people: count() })
    .from(extensions)
    .where(and(eq(extensions.callId, call.id), isNotNull(extensions.personId), gt(extensions.until, call.now)))
  return whyNotEndScreening({ unscreened: left?.unscreened ?? 0, stillWriting: late?.people ?? 0 })
}

async function whyNotDeclared(tx: Tx, call: StandingCall): Promise<Refusal | null> {
  const { seats, proposals, standing } = await declaredFor(tx, call)
  const seated = seats.filter(({ acceptedAt }) => acceptedAt !== null)
  // Pairs that are a conflict without anybody's word are not asked about.
  const silent = seated.flatMap(juror => proposals.filter(proposal => standing(juror, proposal) === 'silent'))
  return whyNotEndDeclarations({ jurors: seated.length, undeclared: silent.length })
}

async function whyNotReviewed(tx: Tx, call: StandingCall): Promise<Refusal | null> {
  const submitted = tx
    .select()
    .from(reviews)
    .innerJoin(submissions, eq(submissions.reviewId, reviews.id))
    .where(and(eq(reviews.proposalId, assignments.proposalId), eq(reviews.jurorId, assignments.jurorId)))
  const [left] = await tx
    .select({ outstanding: count() })
    .from(assignments)
    .innerJoin(proposals, eq(proposals.id, assignments.proposalId))
    .where(
      and(
        eq(assignments.callId, call.id),
        isNotNull(assignments.releasedAt),
        isNull(assignments.endedAt),
        isNull(proposals.withdrawnAt),
        notExists(submitted)
      )
    )
  return whyNotCloseReviewing({ outstanding: left?.outstanding ?? 0 })
}

const submittedTo = (tx: Tx, callId: string) =>
  and(
    eq(proposals.callId, callId),
    isNull(proposals.withdrawnAt),
    exists(tx.select().from(versions).where(eq(versions.proposalId, proposals.id)))
  )
