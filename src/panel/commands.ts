import { and, eq, isNull, sql } from 'drizzle-orm'
import { inviteTo } from '../accounts/commands.ts'
import { organiserOf } from '../accounts/queries.ts'
import { people } from '../accounts/tables.ts'
import { decide } from '../calls/decisions.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { callAt, lockedCall, type StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { eligibleFor, type Submitted } from '../proposals/queries.ts'
import { must, Refused } from '../refusal.ts'
import { assignmentInput, type ProposalSide } from './affinity.ts'
import { solveAssignment } from './assignment.ts'
import type { AssignmentInput } from './assignmentinput.ts'
import type { Solver } from './assignmentmodel.ts'
import { NONE, standsAside } from './conflict.ts'
import { whyNotAssign } from './eligibility.ts'
import { tellJurors } from './letters.ts'
import { assignmentsOf, type Juror, jurorsOf, standingDeclarations } from './queries.ts'
import { assignmentRuns, assignments, declarations, jurors } from './tables.ts'

type By = { by: string }

export type JurorProfile = {
  label?: string
  email: string
  name: string
  nameLatin: string
  country: string
  city: string
  institution: string
  expertise: string[]
  reads: string[]
  language: string
  maxLoad: number
  minLoad?: number
  chair: boolean
}

const BEFORE_REVIEWS = ['draft', 'open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing'] as const

/** Puts somebody on the panel and writes the invitation. An address that was invited already gets no second letter. */
export async function inviteJuror(
  db: Db,
  { callId, juror, by }: { callId: string; juror: JurorProfile } & By
): Promise<{ jurorId: string; token: string | null }> {
  return db.transaction(async tx => {
    const call = await organised(tx, callId, by)
    must(whyNotIn(call.state, BEFORE_REVIEWS))
    const [there] = await tx
      .select({ id: jurors.id })
      .from(jurors)
      .where(and(eq(jurors.callId, callId), eq(jurors.email, juror.email)))
    if (there) return { jurorId: there.id, token: null }
    const label = juror.label ?? (await nextLabel(tx, callId))
    const [seat] = await tx
      .insert(jurors)
      .values({ ...juror, label, callId, minLoad: juror.minLoad ?? 0, invitedAt: call.now })
      .returning({ id: jurors.id })
    if (!seat) throw new Refused({ code: 'not_found' })
    const token = await inviteTo(tx, {
      purpose: 'juror',
      email: juror.email,
      name: juror.name,
      language: juror.language,
      programmeId: call.programmeId,
      callId,
      jurorId: seat.id,
      by,
      at: call.now
    })
    await remember(tx, {
      callId,
      what: 'juror.invited',
      about: seat.id,
      byPerson: by,
      at: call.now,
      facts: { label, chair: juror.chair },
      values: { email: juror.email, name: juror.name }
    })
    return { jurorId: seat.id, token }
  })
}

async function nextLabel(tx: Tx, callId: string): Promise<string> {
  const [row] = await tx
    .select({
      highest: sql<number>`coalesce(max(nullif(regexp_replace(${jurors.label}, '\\D', '', 'g'), '')::int), 0)`
    })
    .from(jurors)
    .where(eq(jurors.callId, callId))
  return `J${String(Number(row?.highest ?? 0) + 1).padStart(2, '0')}`
}

/** The invited person (by their confirmed address) takes the seat. */
export async function acceptSeat(db: Db | Tx, { jurorId, by }: { jurorId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const { juror, call } = await ownInvitation(tx, jurorId, by)
    if (juror.acceptedAt && juror.personId === by) return
    must(whyNotIn(call.state, BEFORE_REVIEWS))
    await tx.update(jurors).set({ personId: by, acceptedAt: call.now, declinedAt: null }).where(eq(jurors.id, jurorId))
    await remember(tx, { callId: call.id, what: 'juror.accepted', about: jurorId, byPerson: by, at: call.now })
  })
}

export async function declineSeat(
  db: Db | Tx,
  { jurorId, word, by }: { jurorId: string; word: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const { juror, call } = await ownInvitation(tx, jurorId, by)
    if (juror.acceptedAt) throw new Refused({ code: 'seat_taken' })
    await tx.update(jurors).set({ personId: by, declinedAt: call.now, declineWord: word }).where(eq(jurors.id, jurorId))
    await remember(tx, {
      callId: call.id,
      what: 'juror.declined',
      about: jurorId,
      byPerson: by,
      at: call.now,
      values: { word }
    })
  })
}

async function ownInvitation(tx: Tx, jurorId: string, personId: string): Promise<{ juror: Juror; call: StandingCall }> {
  const [juror] = await tx.select().from(jurors).where(eq(jurors.id, jurorId)).for('update')
  const [person] = await tx.select().from(people).where(eq(people.id, personId))
  const call = juror && (await callAt(tx, juror.callId))
  if (!juror || !call || juror.endedAt || person?.email !== juror.email || !person.confirmedAt)
    throw new Refused({ code: 'not_found' })
  return { juror, call }
}

export type DeclarationWord = { proposalId: string; kind: string; word: string }

/**
 * A juror's word on proposals, conflict or none. Said again the same way it changes nothing; a later, other word is a
 * new row, and a conflict takes the proposal out of the juror's hands at once.
 */
export async function declare(
  db: Db,
  { jurorId, declarations: words, by }: { jurorId: string; declarations: DeclarationWord[] } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [juror] = await tx
      .select()
      .from(jurors)
      .where(and(eq(jurors.id, jurorId), eq(jurors.personId, by)))
      .for('update')
    const call = juror?.acceptedAt && !juror.endedAt ? await callAt(tx, juror.callId) : null
    if (!juror || !call) throw new Refused({ code: 'not_found' })
    must(whyNotIn(call.state, ['declaring', 'assigning', 'reviewing', 'panel']))
    const asked = new Map((await eligibleFor(tx, call.id)).map(proposal => [proposal.id, proposal]))
    const before = new Map(
      (await standingDeclarations(tx, call.id))
        .filter(declaration => declaration.jurorId === jurorId)
        .map(declaration => [declaration.proposalId, declaration])
    )
    const kinds = [NONE, ...call.rules.jury.conflictKinds]
    const fresh = words.filter(({ proposalId, kind, word }) => {
      if (!asked.has(proposalId) || !kinds.includes(kind)) throw new Refused({ code: 'not_found' })
      const last = before.get(proposalId)
      if (last && standsAside(last) && kind === NONE) throw new Refused({ code: 'declared_before' })
      return last?.kind !== kind || last.word !== word
    })
    if (fresh.length === 0) return
    await tx.insert(declarations).values(fresh.map(word => ({ ...word, jurorId, declaredAt: call.now })))
    for (const { proposalId, kind, word } of fresh.filter(({ kind }) => kind !== NONE)) {
      await remember(tx, {
        callId: call.id,
        what: 'conflict.declared',
        about: proposalId,
        byPerson: by,
        at: call.now,
        facts: { jurorId, kind },
        values: { word }
      })
    }
    const none = fresh.filter(({ kind }) => kind === NONE).map(({ proposalId }) => proposalId)
    if (none.length > 0)
      await remember(tx, {
        callId: call.id,
        what: 'conflict.declared_none',
        about: jurorId,
        byPerson: by,
        at: call.now,
        facts: { proposals: none }
      })
  })
}

/** An organiser decides a declared conflict. A recusal ends the assignment: its review is kept and no longer counts. */
export async function decideConflict(
  db: Db,
  {
    declarationId,
    decision,
    reason,
    by
  }: { declarationId: string; decision: 'recused' | 'no_conflict'; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [found] = await tx
      .select({ declaration: declarations, callId: jurors.callId })
      .from(declarations)
      .innerJoin(jurors, eq(declarations.jurorId, jurors.id))
      .where(eq(declarations.id, declarationId))
      .for('update')
    const call = found && (await callAt(tx, found.callId))
    if (!found || !call || !(await organiserOf(tx, by, call))) throw new Refused({ code: 'not_found' })
    const { declaration } = found
    if (declaration.decision === decision) return
    must(whyNotIn(call.state, ['declaring', 'assigning', 'reviewing', 'panel']))
    if (declaration.kind === NONE) throw new Refused({ code: 'nothing_declared' })
    if (reason.trim() === '') throw new Refused({ code: 'reason_missing', status: 422 })
    await tx
      .update(declarations)
      .set({ decision, decidedBy: by, decidedAt: call.now, reason })
      .where(eq(declarations.id, declarationId))
    if (decision === 'recused') {
      await tx
        .update(assignments)
        .set({ endedAt: call.now, endReason: 'recused' })
        .where(
          and(
            eq(assignments.proposalId, declaration.proposalId),
            eq(assignments.jurorId, declaration.jurorId),
            isNull(assignments.endedAt)
          )
        )
    }
    await remember(tx, {
      callId: call.id,
      what: 'conflict.decided',
      about: declaration.proposalId,
      byPerson: by,
      at: call.now,
      facts: { jurorId: declaration.jurorId, decision, kind: declaration.kind },
      values: { reason }
    })
  })
}

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
      if (fresh.length > 0)
        await tx
          .insert(assignments)
          .values(
            fresh.map(pair => ({ ...pair, callId, source: 'solver' as const, assignedAt: call.now, byPerson: by }))
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
  must(whyNotIn(call.state, ['assigning', 'reviewing']))
  const { jurors, proposals, whyNot } = await pairContext(db, call)
  const { jury } = call.rules
  const locked = (await assignmentsOf(db, callId))
    .filter(({ locked, releasedAt }) => locked || releasedAt)
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

const said = (answer: unknown) => (typeof answer === 'string' ? answer : '')

const proposalSide = ({ id, version: { answers, applicant } }: Submitted): ProposalSide => ({
  id,
  country: applicant.country,
  institution: applicant.institution,
  language: said(answers.language),
  theme: said(answers.theme)
})

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

export async function lockAssignment(
  db: Db,
  { assignmentId, locked, by }: { assignmentId: string; locked: boolean } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [assignment] = await tx.select().from(assignments).where(eq(assignments.id, assignmentId))
    if (!assignment || assignment.endedAt) throw new Refused({ code: 'not_found' })
    await organised(tx, assignment.callId, by)
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
    if (assignment.endedAt) return
    must(whyNotIn(call.state, ['assigning', 'reviewing']))
    if (assignment.releasedAt && reason.trim() === '') throw new Refused({ code: 'reason_missing', status: 422 })
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
    const held = await assignmentsOf(tx, callId)
    const readers = countBy(held.map(({ proposalId }) => proposalId))
    const unread = (await eligibleFor(tx, callId)).filter(
      ({ id }) => (readers.get(id) ?? 0) < call.rules.jury.minReviews
    )
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

async function organised(tx: Tx, callId: string, by: string): Promise<StandingCall> {
  const call = await lockedCall(tx, callId)
  if (!call || !(await organiserOf(tx, by, call))) throw new Refused({ code: 'not_found' })
  return call
}

/** Everything that `whyNotAssign` asks of any pair of a call, read once. */
export async function pairContext(tx: Db | Tx, call: StandingCall) {
  const [seats, eligible, declared] = [
    await jurorsOf(tx, call.id),
    await eligibleFor(tx, call.id),
    await standingDeclarations(tx, call.id)
  ]
  const jurorById = new Map(seats.filter(({ acceptedAt }) => acceptedAt).map(juror => [juror.id, juror]))
  const proposalById = new Map(eligible.map(proposal => [proposal.id, proposal]))
  const declarationOf = new Map(
    declared.map(declaration => [`${declaration.jurorId} ${declaration.proposalId}`, declaration])
  )
  const whyNot = ({ jurorId, proposalId }: { jurorId: string; proposalId: string }) => {
    const juror = jurorById.get(jurorId)
    const proposal = proposalById.get(proposalId)
    if (!juror || !proposal) return { code: 'not_found' }
    const refusal = whyNotAssign({
      automatic: call.rules.jury.automaticConflicts,
      juror,
      proposal: applicantSide(proposal),
      declaration: declarationOf.get(`${jurorId} ${proposalId}`) ?? null
    })
    return refusal && { ...refusal, juror: juror.name, proposal: proposal.number }
  }
  return { jurors: [...jurorById.values()], proposals: eligible, declarationOf, whyNot }
}

const applicantSide = ({ applicantId, version }: Submitted) => ({
  applicantId,
  country: version.applicant.country,
  institution: version.applicant.institution
})

function countBy(values: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
