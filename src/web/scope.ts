import { and, desc, eq, isNull } from 'drizzle-orm'
import { roles } from '../accounts/tables.ts'
import { attachments } from '../attachments/tables.ts'
import type { State } from '../calls/lifecycle.ts'
import { callAt, type StandingCall } from '../calls/queries.ts'
import { calls } from '../calls/tables.ts'
import type { Db } from '../db/connect.ts'
import { letters } from '../notifications/tables.ts'
import { standsAside } from '../panel/conflict.ts'
import { assignments, declarations, jurors } from '../panel/tables.ts'
import { programmes } from '../programmes/tables.ts'
import { proposals } from '../proposals/tables.ts'
import { rankings } from '../ranking/tables.ts'
import { reviews } from '../reviews/tables.ts'
import type { Audience } from './permissions.ts'

/** What a request is about, and what its person is to it: worked out once, from the address and the session. */
export type Scope = {
  call: StandingCall | null
  state: State | null
  programmeId: string | null
  proposalId: string | null
  jurorId: string | null
  /** What the person is here; `everyone` and `person` go without saying. */
  is: ReadonlySet<Audience>
  /** The person applied to this call, or declared a conflict with what the request is about. */
  interested: boolean
}

export type Params = Partial<
  Record<'call' | 'programme' | 'proposal' | 'review' | 'attachment' | 'juror' | 'ranking' | 'letter', string>
>

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** `null` where the address names something that is not there. */
export async function scopeOf(
  db: Db,
  params: Params,
  person: { id: string; administrator: boolean } | null
): Promise<Scope | null> {
  for (const [name, value] of Object.entries(params)) {
    // PostgreSQL knows no such sign, so nothing here is named by it.
    if (value?.includes('\0')) return null
    if (!['call', 'programme'].includes(name) && name !== '*' && name in BY_ID && !uuid.test(value ?? '')) return null
  }
  const found = await subjectOf(db, params)
  if (!found) return null
  const is = new Set<Audience>()
  const scope: Scope = {
    call: found.call,
    state: found.call?.state ?? null,
    programmeId: found.programmeId,
    proposalId: found.proposalId,
    jurorId: null,
    is,
    interested: false
  }
  if (!person) return scope
  if (person.administrator) is.add('administrator')

  const [held, seat, own] = await Promise.all([
    found.programmeId
      ? db
          .select({ role: roles.role, callId: roles.callId, confirmedAt: roles.confirmedAt })
          .from(roles)
          .where(and(eq(roles.personId, person.id), eq(roles.programmeId, found.programmeId), isNull(roles.endedAt)))
      : [],
    found.call
      ? db
          .select()
          .from(jurors)
          .where(and(eq(jurors.callId, found.call.id), eq(jurors.personId, person.id), isNull(jurors.endedAt)))
      : [],
    found.call
      ? db
          .select({ id: proposals.id })
          .from(proposals)
          .where(
            and(
              eq(proposals.callId, found.call.id),
              eq(proposals.applicantId, person.id),
              isNull(proposals.withdrawnAt)
            )
          )
      : []
  ])
  const here = held.filter(({ callId }) => callId === null || callId === found.call?.id)
  if (here.some(({ role }) => role === 'organiser')) is.add('organiser')
  if (here.some(({ role }) => role === 'auditor')) is.add('auditor')
  if (here.some(({ role, confirmedAt }) => role === 'chair' && confirmedAt)) is.add('chair')
  if (found.applicantId === person.id) is.add('applicant')

  const juror = seat[0]
  if (juror?.acceptedAt) {
    scope.jurorId = juror.id
    if (juror.chair) is.add('chair')
    if (await judges(db, juror.id, found)) is.add('juror')
  }
  scope.interested = own.length > 0 || (juror !== undefined && (await stoodAside(db, juror.id, found.proposalId)))
  return scope
}

type Subject = {
  call: StandingCall | null
  programmeId: string | null
  proposalId: string | null
  applicantId: string | null
  reviewJurorId: string | null
}

/** How each kind of address finds its call and proposal. */
const BY_ID: Record<
  string,
  (
    db: Db,
    id: string
  ) => Promise<{ callId: string | null; proposalId: string | null; reviewJurorId?: string | null } | undefined>
> = {
  proposal: async (db, id) =>
    (
      await db
        .select({ callId: proposals.callId, proposalId: proposals.id })
        .from(proposals)
        .where(eq(proposals.id, id))
    )[0],
  review: async (db, id) =>
    (
      await db
        .select({ callId: reviews.callId, proposalId: reviews.proposalId, reviewJurorId: reviews.jurorId })
        .from(reviews)
        .where(eq(reviews.id, id))
    )[0],
  attachment: async (db, id) =>
    (
      await db
        .select({ callId: proposals.callId, proposalId: proposals.id })
        .from(attachments)
        .innerJoin(proposals, eq(attachments.proposalId, proposals.id))
        .where(eq(attachments.id, id))
    )[0],
  juror: async (db, id) => {
    const [row] = await db.select({ callId: jurors.callId }).from(jurors).where(eq(jurors.id, id))
    return row && { ...row, proposalId: null }
  },
  ranking: async (db, id) => {
    const [row] = await db.select({ callId: rankings.callId }).from(rankings).where(eq(rankings.id, id))
    return row && { ...row, proposalId: null }
  },
  letter: async (db, id) =>
    (
      await db
        .select({ callId: letters.callId, proposalId: letters.proposalId })
        .from(letters)
        .where(eq(letters.id, id))
    )[0]
}

async function subjectOf(db: Db, params: Params): Promise<Subject | null> {
  const subject: Subject = { call: null, programmeId: null, proposalId: null, applicantId: null, reviewJurorId: null }
  let callId: string | null = null
  for (const [name, find] of Object.entries(BY_ID)) {
    const id = params[name as keyof Params]
    if (id === undefined) continue
    const found = await find(db, id)
    // A proposal under another call's address is as little there as one that never was.
    if (!found || (callId !== null && found.callId !== callId)) return null
    callId = found.callId
    subject.proposalId = found.proposalId ?? subject.proposalId
    subject.reviewJurorId = found.reviewJurorId ?? subject.reviewJurorId
  }
  if (params.call !== undefined || callId !== null) {
    const [row] = await db
      .select({ id: calls.id })
      .from(calls)
      .where(params.call !== undefined ? eq(calls.slug, params.call) : eq(calls.id, callId ?? ''))
    if (!row || (callId !== null && row.id !== callId)) return null
    subject.call = await callAt(db, row.id)
    subject.programmeId = subject.call?.programmeId ?? null
  }
  if (params.programme !== undefined) {
    const [row] = await db.select({ id: programmes.id }).from(programmes).where(eq(programmes.slug, params.programme))
    if (!row) return null
    subject.programmeId = row.id
  }
  if (subject.proposalId) {
    const [row] = await db
      .select({ applicantId: proposals.applicantId })
      .from(proposals)
      .where(eq(proposals.id, subject.proposalId))
    subject.applicantId = row?.applicantId ?? null
  }
  return subject
}

/** A juror is one for what is theirs to judge: the call as a whole, or a released assignment without a conflict. */
async function judges(db: Db, jurorId: string, { proposalId, reviewJurorId }: Subject): Promise<boolean> {
  if (reviewJurorId !== null && reviewJurorId !== jurorId) return false
  if (proposalId === null) return true
  const [assigned] = await db
    .select({ releasedAt: assignments.releasedAt })
    .from(assignments)
    .where(and(eq(assignments.jurorId, jurorId), eq(assignments.proposalId, proposalId), isNull(assignments.endedAt)))
  if (!assigned?.releasedAt) return false
  return !(await stoodAside(db, jurorId, proposalId))
}

/** Whether the newest word of a juror on a proposal is a conflict that stands. */
async function stoodAside(db: Db, jurorId: string, proposalId: string | null): Promise<boolean> {
  if (proposalId === null) return false
  const [declared] = await db
    .select({ kind: declarations.kind, decision: declarations.decision })
    .from(declarations)
    .where(and(eq(declarations.jurorId, jurorId), eq(declarations.proposalId, proposalId)))
    .orderBy(desc(declarations.declaredAt))
    .limit(1)
  return declared !== undefined && standsAside(declared)
}
