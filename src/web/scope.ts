import { eq, sql } from 'drizzle-orm'
import { attachments } from '../attachments/tables.ts'
import type { State } from '../calls/lifecycle.ts'
import { callAt, callNamed, type StandingCall } from '../calls/queries.ts'
import type { Db } from '../db/connect.ts'
import { letters } from '../notifications/tables.ts'
import { standsAside } from '../panel/conflict.ts'
import { jurors } from '../panel/tables.ts'
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
  if (!found.call && !found.programmeId) return scope

  const part = await partIn(db, person.id, found)
  const here = (part.roles ?? []).filter(({ callId }) => callId === null || callId === found.call?.id)
  if (here.some(({ role }) => role === 'organiser')) is.add('organiser')
  if (here.some(({ role }) => role === 'auditor')) is.add('auditor')
  if (here.some(({ role, confirmed }) => role === 'chair' && confirmed)) is.add('chair')
  if (found.applicantId === person.id) is.add('applicant')

  const { seat } = part
  const aside = part.declared !== null && standsAside(part.declared)
  if (seat?.accepted) {
    scope.jurorId = seat.id
    if (seat.chair) is.add('chair')
    if (judges(seat.id, found, part.released && !aside)) is.add('juror')
  }
  scope.interested = part.applied || (seat !== null && aside)
  return scope
}

/** What one person is to one call and proposal, as the tables have it. */
type Part = {
  roles: { role: string; callId: string | null; confirmed: boolean }[] | null
  seat: { id: string; accepted: boolean; chair: boolean } | null
  applied: boolean
  /** A released assignment of the proposal that has not ended. */
  released: boolean
  /** The newest word of theirs on the proposal, as a juror. */
  declared: { kind: string; decision: 'recused' | 'no_conflict' | null } | null
}

/** In one question, since every request asks it. */
async function partIn(db: Db, personId: string, { call, programmeId, proposalId }: Subject): Promise<Part> {
  const callId = call?.id ?? null
  const [row] = await db.execute<Part>(sql`
    with seat as (
      select id, accepted_at is not null as accepted, chair from jurors
      where call_id = ${callId} and person_id = ${personId} and ended_at is null limit 1
    )
    select
      (select json_agg(json_build_object('role', role, 'callId', call_id, 'confirmed', confirmed_at is not null)) from roles
       where person_id = ${personId} and programme_id = ${programmeId} and ended_at is null) as roles,
      (select row_to_json(seat) from seat) as seat,
      exists (select from proposals
       where call_id = ${callId} and applicant_id = ${personId} and withdrawn_at is null) as applied,
      exists (select from assignments a join seat on seat.id = a.juror_id
       where a.proposal_id = ${proposalId} and a.ended_at is null and a.released_at is not null) as released,
      (select json_build_object('kind', d.kind, 'decision', d.decision) from declarations d join seat on seat.id = d.juror_id
       where d.proposal_id = ${proposalId} order by d.declared_at desc limit 1) as declared`)
  if (!row) throw new Error('the database answered with no row')
  return row
}

/** A juror is one for what is theirs to judge: the call as a whole, or a released assignment without a conflict. */
function judges(jurorId: string, { proposalId, reviewJurorId }: Subject, assigned: boolean): boolean {
  if (reviewJurorId !== null && reviewJurorId !== jurorId) return false
  return proposalId === null || assigned
}

type Subject = {
  call: StandingCall | null
  programmeId: string | null
  proposalId: string | null
  applicantId: string | null
  reviewJurorId: string | null
}

type Found = { callId: string | null; proposalId?: string | null; applicantId?: string | null; reviewJurorId?: string }

const ofProposal = { callId: proposals.callId, proposalId: proposals.id, applicantId: proposals.applicantId }

/** How each kind of address finds its call and proposal. */
const BY_ID: Record<string, (db: Db, id: string) => Promise<Found[]>> = {
  proposal: (db, id) => db.select(ofProposal).from(proposals).where(eq(proposals.id, id)),
  review: (db, id) =>
    db
      .select({ ...ofProposal, reviewJurorId: reviews.jurorId })
      .from(reviews)
      .innerJoin(proposals, eq(reviews.proposalId, proposals.id))
      .where(eq(reviews.id, id)),
  attachment: (db, id) =>
    db
      .select(ofProposal)
      .from(attachments)
      .innerJoin(proposals, eq(attachments.proposalId, proposals.id))
      .where(eq(attachments.id, id)),
  juror: (db, id) => db.select({ callId: jurors.callId }).from(jurors).where(eq(jurors.id, id)),
  ranking: (db, id) => db.select({ callId: rankings.callId }).from(rankings).where(eq(rankings.id, id)),
  letter: (db, id) =>
    db
      .select({ callId: letters.callId, proposalId: letters.proposalId, applicantId: proposals.applicantId })
      .from(letters)
      .leftJoin(proposals, eq(letters.proposalId, proposals.id))
      .where(eq(letters.id, id))
}

async function subjectOf(db: Db, params: Params): Promise<Subject | null> {
  const subject: Subject = { call: null, programmeId: null, proposalId: null, applicantId: null, reviewJurorId: null }
  let callId: string | null = null
  for (const [name, find] of Object.entries(BY_ID)) {
    const id = params[name as keyof Params]
    if (id === undefined) continue
    const [found] = await find(db, id)
    // A proposal under another call's address is as little there as one that never was.
    if (!found || (callId !== null && found.callId !== callId)) return null
    callId = found.callId
    subject.proposalId = found.proposalId ?? subject.proposalId
    subject.applicantId = found.applicantId ?? subject.applicantId
    subject.reviewJurorId = found.reviewJurorId ?? subject.reviewJurorId
  }
  if (params.call !== undefined || callId !== null) {
    const call = params.call !== undefined ? await callNamed(db, params.call) : await callAt(db, callId ?? '')
    if (!call || (callId !== null && call.id !== callId)) return null
    subject.call = call
    subject.programmeId = call.programmeId
  }
  if (params.programme !== undefined) {
    const [row] = await db.select({ id: programmes.id }).from(programmes).where(eq(programmes.slug, params.programme))
    if (!row) return null
    subject.programmeId = row.id
  }
  return subject
}
