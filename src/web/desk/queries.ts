import { and, desc, eq, getTableColumns, inArray, isNotNull, isNull, ne, notInArray, sql } from 'drizzle-orm'
import type { Person } from '../../accounts/queries.ts'
import { roles } from '../../accounts/tables.ts'
import { awards } from '../../awards/tables.ts'
import { type StandingCall, standingCalls } from '../../calls/queries.ts'
import { calls, confirmations, extensions, listedPeople } from '../../calls/tables.ts'
import type { Db } from '../../db/connect.ts'
import { STOPPED_BY_HAND } from '../../notifications/queries.ts'
import { letters } from '../../notifications/tables.ts'
import { standsAside } from '../../panel/conflict.ts'
import { assignments, declarations, jurors } from '../../panel/tables.ts'
import { programmes } from '../../programmes/tables.ts'
import { proposals, versions } from '../../proposals/tables.ts'
import { reviews, submissions } from '../../reviews/tables.ts'

/** Everything that is somebody's own here, in a fixed number of queries. */
export async function deskOf(db: Db, person: Person) {
  const [own, seats, roled, listed, later, sealed] = await Promise.all([
    proposalsWithSubmission(db, person.id),
    seatsOf(db, person.id),
    db
      .select()
      .from(roles)
      .where(
        and(
          eq(roles.personId, person.id),
          inArray(roles.role, ['organiser', 'auditor', 'chair']),
          isNotNull(roles.confirmedAt),
          isNull(roles.endedAt)
        )
      ),
    db.select({ callId: listedPeople.callId }).from(listedPeople).where(eq(listedPeople.email, person.email)),
    db
      .select({ callId: extensions.callId, until: sql<string>`max(${extensions.until})` })
      .from(extensions)
      .where(eq(extensions.personId, person.id))
      .groupBy(extensions.callId),
    standingCalls(db, 'sealed')
  ])
  const held = roled.filter(({ role }) => role !== 'chair')
  const programmeIds = [...new Set(held.map(({ programmeId }) => programmeId))]
  const around = [...roled, ...seats.filter(({ chair }) => chair)].map(({ programmeId }) => programmeId)
  const [theirs, named] = await Promise.all([
    standingCalls(db, { programmeIds: [...new Set(around)] }),
    programmeIds.length > 0 ? db.select().from(programmes).where(inArray(programmes.id, programmeIds)) : []
  ])
  const under = (some: typeof roled) => (call: StandingCall) =>
    some.some(role => role.programmeId === call.programmeId && (role.callId === null || role.callId === call.id))
  // Where somebody may be the second person: the team's calls, and those they lead the panel of.
  const chairs = ({ id }: StandingCall) => seats.some(({ callId, chair }) => chair && callId === id)
  const confirming = theirs.filter(call => under(roled)(call) || chairs(call))
  return {
    own,
    seats,
    held,
    programmes: named,
    sealed,
    calls: theirs.filter(under(held)),
    confirming,
    listed: new Set(listed.map(({ callId }) => callId)),
    later: new Map(later.map(({ callId, until }) => [callId, new Date(until)])),
    waiting: await waitingFor(db, person.id, confirming)
  }
}

export type Desk = Awaited<ReturnType<typeof deskOf>>

/** Proposals with the moment of the submission that stands. */
function proposalsWithSubmission(db: Db, personId: string) {
  const last = db
    .selectDistinctOn([versions.proposalId], {
      proposalId: versions.proposalId,
      submittedAt: versions.submittedAt
    })
    .from(versions)
    .orderBy(versions.proposalId, desc(versions.position))
    .as('last')
  return db
    .select({
      ...getTableColumns(proposals),
      submittedAt: last.submittedAt,
      // Whose letter was stopped before it left does not learn it here instead.
      decided: sql<boolean>`exists (select 1 from ${awards} where ${awards.proposalId} = ${proposals.id})
        and not exists (select 1 from ${letters} where ${letters.proposalId} = ${proposals.id}
          and ${letters.kind} = 'decision' and ${letters.trouble} = ${STOPPED_BY_HAND} and ${letters.sentAt} is null)`
    })
    .from(proposals)
    .leftJoin(last, eq(last.proposalId, proposals.id))
    .where(eq(proposals.applicantId, personId))
    .orderBy(desc(proposals.madeAt))
}

/** Seats on panels, with how many proposals are to be judged and how many reviews are in. */
function seatsOf(db: Db, personId: string) {
  return db
    .select({
      callId: jurors.callId,
      programmeId: calls.programmeId,
      chair: jurors.chair,
      assigned: sql<number>`count(${assignments.id})::int`,
      submitted: sql<number>`count(*) filter (where exists (select 1 from ${submissions} where ${submissions.reviewId} = ${reviews.id}))::int`
    })
    .from(jurors)
    .innerJoin(calls, eq(calls.id, jurors.callId))
    .leftJoin(
      assignments,
      and(eq(assignments.jurorId, jurors.id), isNull(assignments.endedAt), isNotNull(assignments.releasedAt))
    )
    .leftJoin(
      reviews,
      and(eq(reviews.jurorId, jurors.id), eq(reviews.proposalId, assignments.proposalId), isNull(reviews.voidAt))
    )
    .where(and(eq(jurors.personId, personId), isNull(jurors.endedAt), isNotNull(jurors.acceptedAt)))
    .groupBy(jurors.id, calls.id)
    .orderBy(desc(jurors.invitedAt))
}

/**
 * What colleagues have asked to have confirmed: neither whoever asked nor whoever applied can be the second person, and
 * what follows from the ranking is not for whoever stands aside from a proposal.
 */
async function waitingFor(db: Db, personId: string, among: StandingCall[]) {
  const applied = db
    .select({ callId: proposals.callId })
    .from(proposals)
    .where(and(eq(proposals.applicantId, personId), isNull(proposals.withdrawnAt)))
  const ids = among.map(({ id }) => id)
  if (ids.length === 0) return []
  const said = await db
    .selectDistinctOn([declarations.jurorId, declarations.proposalId], {
      callId: jurors.callId,
      kind: declarations.kind,
      decision: declarations.decision
    })
    .from(declarations)
    .innerJoin(jurors, eq(declarations.jurorId, jurors.id))
    .where(eq(jurors.personId, personId))
    .orderBy(declarations.jurorId, declarations.proposalId, desc(declarations.declaredAt))
  const apart = new Set(said.filter(standsAside).map(({ callId }) => callId))
  const waiting = await db
    .select({ id: confirmations.id, callId: confirmations.callId, action: confirmations.action })
    .from(confirmations)
    .where(
      and(
        inArray(confirmations.callId, ids),
        isNull(confirmations.givenAt),
        isNull(confirmations.withdrawnAt),
        ne(confirmations.askedBy, personId),
        notInArray(confirmations.callId, applied)
      )
    )
    .orderBy(confirmations.askedAt)
  return waiting.filter(({ callId, action }) => !DECIDES.includes(action) || !apart.has(callId))
}

const DECIDES: readonly string[] = ['sign_off', 'publication']
