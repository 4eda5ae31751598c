import { and, asc, desc, eq, inArray, isNull } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { proposals } from '../proposals/tables.ts'
import type { Refusal } from '../refusal.ts'
import { standsAside } from './conflict.ts'
import { assignments, declarations, jurors } from './tables.ts'

export type Juror = typeof jurors.$inferSelect
export type Declaration = typeof declarations.$inferSelect
export type Assignment = typeof assignments.$inferSelect

/** Everybody on a call's panel who was not taken off it, by label. */
export async function jurorsOf(db: Db | Tx, callId: string): Promise<Juror[]> {
  return db
    .select()
    .from(jurors)
    .where(and(eq(jurors.callId, callId), isNull(jurors.endedAt)))
    .orderBy(asc(jurors.label))
}

/** The person's own seat on a call's panel, accepted. */
export async function seatOf(db: Db | Tx, personId: string, callId: string): Promise<Juror | null> {
  const [juror] = await db
    .select()
    .from(jurors)
    .where(and(eq(jurors.callId, callId), eq(jurors.personId, personId), isNull(jurors.endedAt)))
  return juror?.acceptedAt ? juror : null
}

/** The newest declaration of every pair of juror and proposal of a call: the one that stands. */
export async function standingDeclarations(db: Db | Tx, callId: string): Promise<Declaration[]> {
  const rows = await db
    .selectDistinctOn([declarations.jurorId, declarations.proposalId], { declaration: declarations })
    .from(declarations)
    .innerJoin(jurors, eq(declarations.jurorId, jurors.id))
    .where(eq(jurors.callId, callId))
    .orderBy(declarations.jurorId, declarations.proposalId, desc(declarations.declaredAt))
  return rows.map(({ declaration }) => declaration)
}

export async function standingDeclaration(
  db: Db | Tx,
  jurorId: string,
  proposalId: string
): Promise<Declaration | null> {
  const [declaration] = await db
    .select()
    .from(declarations)
    .where(and(eq(declarations.jurorId, jurorId), eq(declarations.proposalId, proposalId)))
    .orderBy(desc(declarations.declaredAt))
    .limit(1)
  return declaration ?? null
}

/** Assignments that hold, released or not. */
export async function assignmentsOf(db: Db | Tx, callId: string): Promise<Assignment[]> {
  return db
    .select()
    .from(assignments)
    .where(and(eq(assignments.callId, callId), isNull(assignments.endedAt)))
    .orderBy(asc(assignments.assignedAt))
}

/**
 * Why somebody who may be a second person is none for the decision and its publication: as a juror they declared a
 * conflict with a proposal of the call.
 */
export async function whyNotDecide(db: Db | Tx, personId: string, callId: string): Promise<Refusal | null> {
  const { apart } = await interestOf(db, personId, callId)
  return apart.size > 0 ? { code: 'stands_aside' } : null
}

/** What a juror has to read: released, not ended. */
export async function releasedTo(db: Db | Tx, jurorId: string, proposalIds?: string[]): Promise<Assignment[]> {
  if (proposalIds?.length === 0) return []
  const rows = await db
    .select()
    .from(assignments)
    .where(
      and(
        eq(assignments.jurorId, jurorId),
        isNull(assignments.endedAt),
        proposalIds ? inArray(assignments.proposalId, proposalIds) : undefined
      )
    )
  return rows.filter(({ releasedAt }) => releasedAt !== null)
}

/** What somebody of the team has to do with a call as an applicant, and from which proposals they stand aside as a juror. */
export async function interestOf(
  db: Db | Tx,
  personId: string,
  callId: string
): Promise<{ applied: boolean; apart: ReadonlySet<string> }> {
  const [own] = await db
    .select({ id: proposals.id })
    .from(proposals)
    .where(and(eq(proposals.callId, callId), eq(proposals.applicantId, personId), isNull(proposals.withdrawnAt)))
    .limit(1)
  const said = await db
    .selectDistinctOn([declarations.proposalId], { declaration: declarations })
    .from(declarations)
    .innerJoin(jurors, eq(declarations.jurorId, jurors.id))
    .where(and(eq(jurors.callId, callId), eq(jurors.personId, personId)))
    .orderBy(declarations.proposalId, desc(declarations.declaredAt))
  const apart = said.map(({ declaration }) => declaration).filter(standsAside)
  return { applied: own !== undefined, apart: new Set(apart.map(({ proposalId }) => proposalId)) }
}
