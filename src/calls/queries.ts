import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { decidingTime } from '../db/time.ts'
import { type Decision, type Life, type State, stateOf } from './lifecycle.ts'
import { callDecisions, calls, extensions, listedPeople } from './tables.ts'

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
  const decisions = await db
    .select({ decision: callDecisions.decision, at: callDecisions.at })
    .from(callDecisions)
    .where(eq(callDecisions.callId, call.id))
  const [later] = await db
    .select({ until: sql<string | null>`max(${extensions.until})` })
    .from(extensions)
    .where(and(eq(extensions.callId, call.id), isNull(extensions.personId)))
  const { dates, graceMinutes } = call.rules
  const deadline = new Date(dates.deadline)
  const extended = later?.until ? new Date(later.until) : deadline
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
