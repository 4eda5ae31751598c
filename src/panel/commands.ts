import { and, eq, isNull, sql } from 'drizzle-orm'
import { inviteTo } from '../accounts/commands.ts'
import { people } from '../accounts/tables.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { type StandingCall, steadyCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { eligibleFor } from '../proposals/queries.ts'
import { Mistaken, must, Refused } from '../refusal.ts'
import { mustNotStandAside, organised } from './assigning/commands.ts'
import { BY_ORGANISER, NONE, standsAside } from './conflict.ts'
import type { JurorProfile } from './listing.ts'
import { type Juror, standingDeclaration, standingDeclarations } from './queries.ts'
import { seatVersion } from './seatversion.ts'
import { assignments, declarations, jurors } from './tables.ts'

export {
  assignAutomatically,
  assignByHand,
  endAssignment,
  lockAssignment,
  releaseAssignments
} from './assigning/commands.ts'

type By = { by: string }

export type { JurorProfile }

const BEFORE_REVIEWS = ['draft', 'open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing'] as const

/** Puts somebody on the panel and writes the invitation. An address that was invited already gets no second letter. */
export async function inviteJuror(
  db: Db | Tx,
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

/** Everybody on a list, or nobody: one transaction. Who was invited before gets no second letter. Answers how many are new. */
export async function inviteJurors(
  db: Db,
  { callId, jurors: profiles, by }: { callId: string; jurors: JurorProfile[] } & By
): Promise<number> {
  return db.transaction(async tx => {
    let invited = 0
    for (const juror of profiles) if ((await inviteJuror(tx, { callId, juror, by })).token) invited += 1
    return invited
  })
}

/** Writes the letter once more, with a new link, to somebody who has not answered. */
export async function inviteAgain(db: Db, { jurorId, by }: { jurorId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const { juror, call } = await seatOnPanel(tx, jurorId, by)
    must(whyNotIn(call.state, BEFORE_REVIEWS))
    if (juror.acceptedAt) throw new Refused({ code: 'seat_taken' })
    // Two clicks are one letter.
    if (call.now.getTime() - juror.invitedAt.getTime() < 60_000) return
    const { email, name, language } = juror
    await tx
      .update(jurors)
      .set({ invitedAt: call.now, declinedAt: null, declineWord: '' })
      .where(eq(jurors.id, jurorId))
    await inviteTo(tx, {
      purpose: 'juror',
      email,
      name,
      language,
      programmeId: call.programmeId,
      callId: call.id,
      jurorId,
      by,
      at: call.now
    })
    await remember(tx, { callId: call.id, what: 'juror.invited_again', about: jurorId, byPerson: by, at: call.now })
  })
}

export type SeatProfile = Pick<JurorProfile, 'country' | 'city' | 'institution' | 'expertise' | 'reads' | 'maxLoad'> & {
  name?: string
  nameLatin?: string
  minLoad?: number
  chair?: boolean
  ties?: string[]
}

const BEFORE_RELEASE = BEFORE_REVIEWS.filter(state => state !== 'reviewing')

/** What is known of a juror, changed by an organiser or by the juror. Names, chair and least load are the organiser's. */
export async function changeSeat(
  db: Db,
  { jurorId, profile, version, by }: { jurorId: string; profile: SeatProfile; version?: string | undefined } & By
): Promise<void> {
  await db.transaction(async tx => {
    const { juror, call } = await ownSeat(tx, jurorId, by).catch(() => seatOnPanel(tx, jurorId, by))
    must(whyNotIn(call.state, BEFORE_RELEASE))
    if (version !== undefined && version !== seatVersion(juror))
      throw new Mistaken([{ field: 'version', code: 'stale_profile' }])
    const { name, nameLatin, minLoad, chair, ...own } = profile
    const changes = juror.personId === by ? own : { ...own, ...defined({ name, nameLatin, minLoad, chair }) }
    const changed = Object.entries(changes).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(juror[field as keyof Juror])
    )
    if (changed.length === 0) return
    await tx.update(jurors).set(Object.fromEntries(changed)).where(eq(jurors.id, jurorId))
    await remember(tx, {
      callId: call.id,
      what: 'juror.changed',
      about: jurorId,
      byPerson: by,
      at: call.now,
      facts: { fields: changed.map(([field]) => field) },
      values: Object.fromEntries(changed)
    })
  })
}

const defined = <Values extends Record<string, unknown>>(values: Values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Values>

/** The people and institutions a juror of a blind call is tied to, as they write them themselves. */
export async function tieTo(db: Db, { jurorId, ties, by }: { jurorId: string; ties: string[] } & By): Promise<void> {
  await db.transaction(async tx => {
    const { juror, call } = await ownSeat(tx, jurorId, by)
    must(whyNotIn(call.state, ['declaring', 'assigning', 'reviewing', 'panel']))
    if (JSON.stringify(juror.ties) === JSON.stringify(ties)) return
    await tx.update(jurors).set({ ties }).where(eq(jurors.id, jurorId))
    await remember(tx, {
      callId: call.id,
      what: 'juror.ties_listed',
      about: jurorId,
      byPerson: by,
      at: call.now,
      facts: { count: ties.length },
      values: { ties }
    })
  })
}

/** Takes somebody off the panel before they have anything to read. */
export async function endSeat(db: Db, { jurorId, by }: { jurorId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const [there] = await tx.select({ endedAt: jurors.endedAt }).from(jurors).where(eq(jurors.id, jurorId))
    if (there?.endedAt) return
    const { call } = await seatOnPanel(tx, jurorId, by)
    must(whyNotIn(call.state, BEFORE_RELEASE))
    if (call.life.decided.assignments_released) throw new Refused({ code: 'seat_at_work' })
    await tx.update(jurors).set({ endedAt: call.now }).where(eq(jurors.id, jurorId))
    await tx
      .update(assignments)
      .set({ endedAt: call.now, endReason: 'seat_ended' })
      .where(and(eq(assignments.jurorId, jurorId), isNull(assignments.endedAt)))
    await remember(tx, { callId: call.id, what: 'juror.ended', about: jurorId, byPerson: by, at: call.now })
  })
}

/** A seat of a call that the person organises, its call locked first. */
async function seatOnPanel(tx: Tx, jurorId: string, by: string): Promise<{ juror: Juror; call: StandingCall }> {
  const [found] = await tx.select({ callId: jurors.callId }).from(jurors).where(eq(jurors.id, jurorId))
  if (!found) throw new Refused({ code: 'not_found' })
  const call = await organised(tx, found.callId, by)
  const [juror] = await tx.select().from(jurors).where(eq(jurors.id, jurorId)).for('update')
  if (!juror || juror.endedAt) throw new Refused({ code: 'not_found' })
  return { juror, call }
}

/** The person's own accepted seat, its call steady: nothing is declared into a ranking that is being frozen. */
async function ownSeat(tx: Tx, jurorId: string, by: string): Promise<{ juror: Juror; call: StandingCall }> {
  const own = and(eq(jurors.id, jurorId), eq(jurors.personId, by))
  const [found] = await tx.select({ callId: jurors.callId }).from(jurors).where(own)
  const call = found && (await steadyCall(tx, found.callId))
  const [juror] = await tx.select().from(jurors).where(own).for('update')
  if (!call || !juror?.acceptedAt || juror.endedAt) throw new Refused({ code: 'not_found' })
  return { juror, call }
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
  const [found] = await tx.select({ callId: jurors.callId }).from(jurors).where(eq(jurors.id, jurorId))
  const call = found && (await steadyCall(tx, found.callId))
  const [juror] = await tx.select().from(jurors).where(eq(jurors.id, jurorId)).for('update')
  const [person] = await tx.select().from(people).where(eq(people.id, personId))
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
    const { call } = await ownSeat(tx, jurorId, by)
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
      .select({ callId: jurors.callId })
      .from(declarations)
      .innerJoin(jurors, eq(declarations.jurorId, jurors.id))
      .where(eq(declarations.id, declarationId))
    if (!found) throw new Refused({ code: 'not_found' })
    const call = await organised(tx, found.callId, by)
    const [declaration] = await tx.select().from(declarations).where(eq(declarations.id, declarationId))
    if (!declaration) throw new Refused({ code: 'not_found' })
    await mustNotStandAside(tx, by, call.id, [declaration.proposalId])
    if (declaration.decision === decision) return
    must(whyNotIn(call.state, ['declaring', 'assigning', 'reviewing', 'panel']))
    if (declaration.kind === NONE) throw new Refused({ code: 'nothing_declared' })
    if (reason.trim() === '') throw new Refused({ code: 'reason_to_keep', status: 422 })
    await tx
      .update(declarations)
      .set({ decision, decidedBy: by, decidedAt: call.now, reason })
      .where(eq(declarations.id, declarationId))
    if (decision === 'recused') await endPair(tx, { ...declaration, at: call.now })
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

/**
 * An organiser keeps a juror away from a proposal without the juror's word: what a blind call's ties show, or what became
 * known later. The reason stands beside it.
 */
export async function recuse(
  db: Db,
  { jurorId, proposalId, reason, by }: { jurorId: string; proposalId: string; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const { juror, call } = await seatOnPanel(tx, jurorId, by)
    must(whyNotIn(call.state, ['declaring', 'assigning', 'reviewing', 'panel']))
    await mustNotStandAside(tx, by, call.id, [proposalId])
    const eligible = await eligibleFor(tx, call.id)
    if (!juror.acceptedAt || !eligible.some(({ id }) => id === proposalId)) throw new Refused({ code: 'not_found' })
    if (reason.trim() === '') throw new Refused({ code: 'reason_to_keep', status: 422 })
    const last = await standingDeclaration(tx, jurorId, proposalId)
    if (last?.decision === 'recused') return
    await tx.insert(declarations).values({
      jurorId,
      proposalId,
      kind: BY_ORGANISER,
      declaredAt: call.now,
      decision: 'recused',
      decidedBy: by,
      decidedAt: call.now,
      reason
    })
    await endPair(tx, { jurorId, proposalId, at: call.now })
    await remember(tx, {
      callId: call.id,
      what: 'conflict.decided',
      about: proposalId,
      byPerson: by,
      at: call.now,
      facts: { jurorId, decision: 'recused', kind: BY_ORGANISER },
      values: { reason }
    })
  })
}

async function endPair(tx: Tx, { jurorId, proposalId, at }: { jurorId: string; proposalId: string; at: Date }) {
  await tx
    .update(assignments)
    .set({ endedAt: at, endReason: 'recused' })
    .where(and(eq(assignments.proposalId, proposalId), eq(assignments.jurorId, jurorId), isNull(assignments.endedAt)))
}
