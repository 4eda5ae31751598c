import { and, eq, isNull } from 'drizzle-orm'
import { organiserOf } from '../../accounts/queries.ts'
import { decide } from '../../calls/decisions.ts'
import { whyNotIn } from '../../calls/lifecycle.ts'
import { callAt, lockedCall, type StandingCall } from '../../calls/queries.ts'
import type { Db, Tx } from '../../db/connect.ts'
import { remember } from '../../history/commands.ts'
import { must, Refused } from '../../refusal.ts'
import { assignmentInput } from '../affinity.ts'
import { solveAssignment } from '../assignment.ts'
import type { AssignmentInput } from '../assignmentinput.ts'
import type { Solver } from '../assignmentmodel.ts'
import { tellJurors } from '../letters.ts'
import { assignmentsOf, interestOf } from '../queries.ts'
import { assignmentRuns, assignments } from '../tables.ts'
import { pairContext, proposalSide } from './queries.ts'

type By = { by: string }

/** Lets the solver propose who reads what. Locked pairs stay; everything else that is not released is proposed anew. */
export async function assignAutomatically(
  db: Db,
  solver: Solver,
  { callId, seed, by }: { callId: string; seed: number } & By
): Promise<string> {
  const input = await proposalFor(db, { callId, seed, by })
  const result = await solveAssignment(input, solver)
  const pairs =
    result.status === 'infeasible'
      ? null
      : (result.assignment ?? []).map(([proposalId, jurorId]) => ({ proposalId, jurorId }))
  return db.transaction(async tx => {
    const call = await organised(tx, callId, by)
    must(whyNotIn(call.state, ['assigning', 'reviewing']))
    const [run] = await tx
      .insert(assignmentRuns)
      .values({ callId, input, result: { ...result }, byPerson: by, at: call.now })
      .returning({ id: assignmentRuns.id })
    if (!run) throw new Refused({ code: 'not_found' })
    if (pairs !== null) {
      // Computed outside the transaction: what changed meanwhile is asked again here.
      const context = await pairContext(tx, call)
      for (const pair of pairs) must(context.whyNot(pair))
      const kept = new Set(
        (await assignmentsOf(tx, callId))
          .filter(({ locked, releasedAt }) => locked || releasedAt)
          .map(({ proposalId, jurorId }) => `${proposalId} ${jurorId}`)
      )
      await tx
        .update(assignments)
        .set({ endedAt: call.now, endReason: 'proposed_anew' })
        .where(
          and(
            eq(assignments.callId, callId),
            isNull(assignments.endedAt),
            isNull(assignments.releasedAt),
            eq(assignments.locked, false)
          )
        )
      const fresh = pairs.filter(({ proposalId, jurorId }) => !kept.has(`${proposalId} ${jurorId}`))
      // Once jurors work, what fills a gap is theirs at once: nobody releases twice.
      const releasedAt = call.life.decided.assignments_released ? call.now : null
      if (fresh.length > 0)
        await tx.insert(assignments).values(
          fresh.map(pair => ({
            ...pair,
            callId,
            source: 'solver' as const,
            assignedAt: call.now,
            releasedAt,
            byPerson: by
          }))
        )
      if (releasedAt)
        await tellJurors(
          tx,
          call,
          fresh.map(({ jurorId }) => jurorId)
        )
    }
    await remember(tx, {
      callId,
      what: 'assignment.proposed',
      about: run.id,
      byPerson: by,
      at: call.now,
      facts: { seed, status: result.status, pairs: pairs?.length ?? 0 }
    })
    return run.id
  })
}

/** What the solver gets: eligible proposals, accepted jurors, whom they may read, and the pairs that stay. */
async function proposalFor(
  db: Db,
  { callId, seed, by }: { callId: string; seed: number } & By
): Promise<AssignmentInput> {
  const call = await callAt(db, callId)
  if (!call || !(await organiserOf(db, by, call))) throw new Refused({ code: 'not_found' })
  if ((await interestOf(db, by, callId)).applied) throw new Refused({ code: 'not_found' })
  must(whyNotIn(call.state, ['assigning', 'reviewing']))
  const { jurors, proposals, whyNot } = await pairContext(db, call)
  const { jury } = call.rules
  const locked = (await assignmentsOf(db, callId))
    .filter(({ locked, releasedAt }) => locked || releasedAt)
    // Somebody who stands aside since then keeps no place that another could fill.
    .filter(pair => whyNot(pair) === null)
    .map(({ proposalId, jurorId }): [string, string] => [proposalId, jurorId])
  return assignmentInput(
    { proposals: proposals.map(proposalSide), jurors },
    {
      demand: jury.reviewsPerProposal,
      minReaders: jury.minReaders,
      seed,
      locked,
      possible: (proposalId, jurorId) => whyNot({ proposalId, jurorId }) === null
    }
  )
}

/** Pairs chosen by hand, or brought along by an import. A pair that is there already stays as it is. */
export async function assignByHand(
  db: Db,
  {
    callId,
    pairs,
    source,
    by
  }: {
    callId: string
    pairs: { proposalId: string; jurorId: string; locked?: boolean }[]
    source: 'hand' | 'import'
  } & By
): Promise<void> {
  await db.transaction(async tx => {
    const call = await organised(tx, callId, by)
    must(whyNotIn(call.state, ['assigning', 'reviewing']))
    await mustNotStandAside(
      tx,
      by,
      callId,
      pairs.map(({ proposalId }) => proposalId)
    )
    const context = await pairContext(tx, call)
    for (const pair of pairs) must(context.whyNot(pair))
    const there = new Set(
      (await assignmentsOf(tx, callId)).map(({ proposalId, jurorId }) => `${proposalId} ${jurorId}`)
    )
    const fresh = pairs.filter(({ proposalId, jurorId }) => !there.has(`${proposalId} ${jurorId}`))
    if (fresh.length === 0) return
    // Once jurors work, a new pair is theirs at once: nobody releases twice.
    const releasedAt = call.life.decided.assignments_released ? call.now : null
    await tx.insert(assignments).values(
      fresh.map(({ proposalId, jurorId, locked }) => ({
        callId,
        proposalId,
        jurorId,
        locked: locked ?? true,
        source,
        assignedAt: call.now,
        releasedAt,
        byPerson: by
      }))
    )
    if (releasedAt)
      await tellJurors(
        tx,
        call,
        fresh.map(({ jurorId }) => jurorId)
      )
    await remember(tx, {
      callId,
      what: 'assignment.made',
      about: callId,
      byPerson: by,
      at: call.now,
      facts: { source, pairs: fresh.map(({ proposalId, jurorId }) => [proposalId, jurorId]) }
    })
  })
}

/** A locked pair stays when the solver proposes anew. */
export async function lockAssignment(
  db: Db,
  { assignmentId, locked, by }: { assignmentId: string; locked: boolean } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [assignment] = await tx.select().from(assignments).where(eq(assignments.id, assignmentId))
    if (!assignment || assignment.endedAt) throw new Refused({ code: 'not_found' })
    const call = await organised(tx, assignment.callId, by)
    await mustNotStandAside(tx, by, call.id, [assignment.proposalId])
    must(whyNotIn(call.state, ['assigning', 'reviewing']))
    await tx.update(assignments).set({ locked }).where(eq(assignments.id, assignmentId))
  })
}

/** Takes a proposal off a juror's desk. A review already begun is kept and does not count. */
export async function endAssignment(
  db: Db,
  { assignmentId, reason, by }: { assignmentId: string; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [assignment] = await tx.select().from(assignments).where(eq(assignments.id, assignmentId))
    if (!assignment) throw new Refused({ code: 'not_found' })
    const call = await organised(tx, assignment.callId, by)
    await mustNotStandAside(tx, by, call.id, [assignment.proposalId])
    if (assignment.endedAt) return
    must(whyNotIn(call.state, ['assigning', 'reviewing']))
    if (assignment.releasedAt && reason.trim() === '') throw new Refused({ code: 'reason_to_keep', status: 422 })
    await tx.update(assignments).set({ endedAt: call.now, endReason: reason }).where(eq(assignments.id, assignmentId))
    await remember(tx, {
      callId: call.id,
      what: 'assignment.ended',
      about: assignment.proposalId,
      byPerson: by,
      at: call.now,
      facts: { jurorId: assignment.jurorId },
      values: { reason }
    })
  })
}

/** From here on jurors see what they have to read, and are told so: one letter each. */
export async function releaseAssignments(db: Db, { callId, by }: { callId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const call = await organised(tx, callId, by)
    if (call.life.decided.assignments_released) return
    must(whyNotIn(call.state, ['assigning']))
    const { proposals, whyNot } = await pairContext(tx, call)
    // Whoever stands aside reads nothing, whatever was assigned before.
    const held = (await assignmentsOf(tx, callId)).filter(pair => whyNot(pair) === null)
    const readers = countBy(held.map(({ proposalId }) => proposalId))
    const unread = proposals.filter(({ id }) => (readers.get(id) ?? 0) < call.rules.jury.minReviews)
    if (unread.length > 0)
      throw new Refused({
        code: 'too_few_readers',
        proposals: unread.map(({ number }) => number),
        least: call.rules.jury.minReviews
      })
    await tx
      .update(assignments)
      .set({ releasedAt: call.now })
      .where(and(eq(assignments.callId, callId), isNull(assignments.endedAt)))
    await tellJurors(tx, call, [...new Set(held.map(({ jurorId }) => jurorId))])
    await decide(tx, { callId, decision: 'assignments_released', by, at: call.now, facts: { pairs: held.length } })
    await remember(tx, {
      callId,
      what: 'assignments.released',
      about: callId,
      byPerson: by,
      at: call.now,
      facts: { pairs: held.length }
    })
  })
}

/** The call, locked, for its organiser; whoever applied to it is shut out of its panel. */
export async function organised(tx: Tx, callId: string, by: string): Promise<StandingCall> {
  const call = await lockedCall(tx, callId)
  if (!call || !(await organiserOf(tx, by, call))) throw new Refused({ code: 'not_found' })
  if ((await interestOf(tx, by, callId)).applied) throw new Refused({ code: 'not_found' })
  return call
}

/** An organiser who judges too decides nothing about a proposal from which they stand aside. */
export async function mustNotStandAside(tx: Tx, by: string, callId: string, proposalIds: string[]): Promise<void> {
  const { apart } = await interestOf(tx, by, callId)
  if (proposalIds.some(id => apart.has(id))) throw new Refused({ code: 'not_found' })
}

function countBy(values: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
