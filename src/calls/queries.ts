import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { people, roles } from '../accounts/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { decidingTime } from '../db/time.ts'
import { proposals } from '../proposals/tables.ts'
import { type Decision, type Life, type State, stateOf } from './lifecycle.ts'
import { callDecisions, calls, confirmations, extensions, listedPeople, ruleChanges } from './tables.ts'

export type Call = typeof calls.$inferSelect

/** A call together with where it stands at the deciding time. */
export type StandingCall = Call & { life: Life; state: State; now: Date }

/** The call and its state, at the deciding time (or at `now`, where a command has read it already). */
export async function callAt(db: Db | Tx, callId: string, now?: Date): Promise<StandingCall | null> {
  const [call] = await db.select().from(calls).where(eq(calls.id, callId))
  if (!call) return null
  return standing(db, call, now)
}

/** The same with the row locked until the transaction ends: a command's first step. */
export async function lockedCall(tx: Tx, callId: string): Promise<StandingCall | null> {
  const [call] = await tx.select().from(calls).where(eq(calls.id, callId)).for('update')
  if (!call) return null
  return standing(tx, call, await decidingTime(tx))
}

/**
 * The call with a shared lock: many may write under it at once (save, submit), but none while its rules, dates or
 * decisions change.
 */
export async function steadyCall(tx: Tx, callId: string): Promise<StandingCall | null> {
  const [call] = await tx.select().from(calls).where(eq(calls.id, callId)).for('share')
  if (!call) return null
  return standing(tx, call, await decidingTime(tx))
}

async function standing(db: Db | Tx, call: Call, at?: Date): Promise<StandingCall> {
  const now = at ?? (await decidingTime(db))
  const life = await lifeOf(db, call)
  return { ...call, life, state: stateOf(life, now), now }
}

/** The dates and decisions a call's state follows from, extensions for all included. */
export async function lifeOf(db: Db | Tx, call: Call): Promise<Life> {
  const decisions = await db.select().from(callDecisions).where(eq(callDecisions.callId, call.id))
  const [later] = await db
    .select({ until: sql<string | null>`max(${extensions.until})` })
    .from(extensions)
    .where(and(eq(extensions.callId, call.id), isNull(extensions.personId)))
  return lifeFrom(call, decisions, later?.until ?? null)
}

type Decided = Pick<typeof callDecisions.$inferSelect, 'decision' | 'at' | 'facts'>

function lifeFrom(call: Call, decisions: Decided[], laterDeadline: string | null): Life {
  const { dates, graceMinutes } = call.rules
  const deadline = new Date(dates.deadline)
  const extended = laterDeadline ? new Date(laterDeadline) : deadline
  return {
    opensAt: new Date(dates.opensAt),
    deadline: extended > deadline ? extended : deadline,
    graceMinutes,
    declarationsUntil: new Date(dates.declarationsUntil),
    reviewingOpensAt: new Date(dates.reviewingOpensAt),
    reviewingUntil: new Date(dates.reviewingUntil),
    redressUntil: dates.redressUntil ? new Date(dates.redressUntil) : null,
    decided: Object.fromEntries(decisions.map(({ decision, at }) => [decision, at])) as Partial<Record<Decision, Date>>
  }
}

/** The deadline that applies to one person: the call's, or a later one given to them. */
export async function deadlineFor(db: Db | Tx, call: StandingCall, personId: string): Promise<Date> {
  const [own] = await db
    .select({ until: sql<string | null>`max(${extensions.until})` })
    .from(extensions)
    .where(and(eq(extensions.callId, call.id), eq(extensions.personId, personId)))
  const later = own?.until ? new Date(own.until) : call.life.deadline
  return later > call.life.deadline ? later : call.life.deadline
}

/** Who may apply, where the call is for listed people, by address. */
export async function listedFor(db: Db | Tx, callId: string): Promise<(typeof listedPeople.$inferSelect)[]> {
  return db.select().from(listedPeople).where(eq(listedPeople.callId, callId)).orderBy(asc(listedPeople.email))
}

/** Calls with where they stand, in three queries however many they are. */
export async function standingCalls(
  db: Db | Tx,
  which: 'sealed' | { programmeIds: string[] }
): Promise<StandingCall[]> {
  if (which !== 'sealed' && which.programmeIds.length === 0) return []
  const rows = await db
    .select()
    .from(calls)
    .where(which === 'sealed' ? isNotNull(calls.seal) : inArray(calls.programmeId, which.programmeIds))
    .orderBy(asc(calls.madeAt), asc(calls.slug))
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const [decisions, extended, now] = await Promise.all([
    db.select().from(callDecisions).where(inArray(callDecisions.callId, ids)),
    db
      .select({ callId: extensions.callId, until: sql<string>`max(${extensions.until})` })
      .from(extensions)
      .where(and(inArray(extensions.callId, ids), isNull(extensions.personId)))
      .groupBy(extensions.callId),
    decidingTime(db)
  ])
  return rows.map(call => {
    const own = decisions.filter(({ callId }) => callId === call.id)
    const life = lifeFrom(call, own, extended.find(({ callId }) => callId === call.id)?.until ?? null)
    return { ...call, life, state: stateOf(life, now), now }
  })
}

/** The calls that a person may organise. */
export async function callsOrganisedBy(db: Db | Tx, personId: string): Promise<Call[]> {
  return db
    .selectDistinct(getTableColumns(calls))
    .from(calls)
    .innerJoin(roles, eq(roles.programmeId, calls.programmeId))
    .where(
      and(
        eq(roles.personId, personId),
        eq(roles.role, 'organiser'),
        isNull(roles.endedAt),
        or(isNull(roles.callId), eq(roles.callId, calls.id))
      )
    )
    .orderBy(asc(calls.madeAt))
}

/** What changed in the rules of a call after they were sealed, the oldest first. */
export async function ruleChangesOf(db: Db | Tx, callId: string): Promise<(typeof ruleChanges.$inferSelect)[]> {
  return db.select().from(ruleChanges).where(eq(ruleChanges.callId, callId)).orderBy(asc(ruleChanges.at))
}

export async function extensionsOf(db: Db | Tx, callId: string): Promise<(typeof extensions.$inferSelect)[]> {
  return db.select().from(extensions).where(eq(extensions.callId, callId)).orderBy(asc(extensions.at))
}

export type Waiting = typeof confirmations.$inferSelect & { askedByName: string }

/** What still waits for a second person's yes. */
export async function waitingFor(db: Db | Tx, callId: string): Promise<Waiting[]> {
  return db
    .select({ ...getTableColumns(confirmations), askedByName: people.name })
    .from(confirmations)
    .innerJoin(people, eq(confirmations.askedBy, people.id))
    .where(and(eq(confirmations.callId, callId), isNull(confirmations.givenAt), isNull(confirmations.withdrawnAt)))
    .orderBy(asc(confirmations.askedAt))
}

/** One confirmation of this call, with the name of who asked and of who said yes. */
export async function confirmationIn(db: Db | Tx, callId: string, confirmationId: string): Promise<Waiting | null> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(confirmationId)) return null
  const [found] = await db
    .select({ ...getTableColumns(confirmations), askedByName: people.name })
    .from(confirmations)
    .innerJoin(people, eq(confirmations.askedBy, people.id))
    .where(and(eq(confirmations.callId, callId), eq(confirmations.id, confirmationId)))
  return found ?? null
}

/** Who has begun a proposal here and might be given a later deadline. */
export async function applicantsOf(db: Db | Tx, callId: string) {
  return db
    .select({ personId: people.id, name: people.name, email: people.email })
    .from(proposals)
    .innerJoin(people, eq(proposals.applicantId, people.id))
    .where(and(eq(proposals.callId, callId), isNull(proposals.withdrawnAt)))
    .orderBy(asc(people.name))
}
