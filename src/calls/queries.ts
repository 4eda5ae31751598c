import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { people, roles } from '../accounts/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { proposals } from '../proposals/tables.ts'
import { type Decision, type Life, type State, stateOf } from './lifecycle.ts'
import { type callDecisions, calls, confirmations, extensions, listedPeople, ruleChanges } from './tables.ts'

export type Call = typeof calls.$inferSelect

/** A call together with where it stands at the deciding time. */
export type StandingCall = Call & { life: Life; state: State; now: Date; programmeStamp: string }

/** The call and its state, at the deciding time (or at `now`, where a command has read it already). */
export async function callAt(db: Db | Tx, callId: string, now?: Date): Promise<StandingCall | null> {
  const [call] = await standingWhere(db, eq(calls.id, callId), now)
  return call ?? null
}

/** The same by the name in its address. */
export async function callNamed(db: Db | Tx, slug: string): Promise<StandingCall | null> {
  const [call] = await standingWhere(db, eq(calls.slug, slug))
  return call ?? null
}

async function standingWhere(db: Db | Tx, which: SQL | undefined, at?: Date): Promise<StandingCall[]> {
  const rows = await db
    .select({ ...small, stamp, ...circumstances })
    .from(calls)
    .where(which)
    .orderBy(asc(calls.madeAt), asc(calls.slug))
  const large = await largeOf(db, rows)
  // Changed between the two: once more, for a call is never put together from two versions.
  if (!large) return standingWhere(db, which, at)
  return rows.map((row, i) => standing(row, large[i] as Large, at))
}

/** The same with the row locked until the transaction ends: a command's first step. */
export async function lockedCall(tx: Tx, callId: string): Promise<StandingCall | null> {
  return underLock(tx, callId, 'update')
}

/**
 * The call with a shared lock: many may write under it at once (save, submit), but none while its rules, dates or
 * decisions change.
 */
export async function steadyCall(tx: Tx, callId: string): Promise<StandingCall | null> {
  return underLock(tx, callId, 'share')
}

/** Time and decisions are read once the lock is held, never in the statement that waits for it. */
async function underLock(tx: Tx, callId: string, strength: 'update' | 'share'): Promise<StandingCall | null> {
  const [row] = await tx
    .select({ ...small, stamp })
    .from(calls)
    .where(eq(calls.id, callId))
    .for(strength)
  if (!row) return null
  const [since] = await tx.select(circumstances).from(calls).where(eq(calls.id, callId))
  const [large] = (await largeOf(tx, [row])) ?? []
  return since && large ? standing({ ...row, ...since }, large) : null
}

type Circumstances = {
  now: string
  programmeStamp: string
  decisions: { decision: Decision; at: string }[] | null
  later: string | null
}

function standing(
  {
    stamp: _,
    now: at,
    decisions,
    later,
    programmeStamp,
    ...call
  }: Omit<Call, keyof Large> & { stamp: string } & Circumstances,
  large: Large,
  asked?: Date
): StandingCall {
  const whole = { ...call, ...large }
  const now = asked ?? new Date(at)
  const decided = (decisions ?? []).map(({ decision, at }) => ({ decision, at: new Date(at) }))
  const life = lifeFrom(whole, decided, later)
  return { ...whole, life, state: stateOf(life, now), now, programmeStamp }
}

/** What a call's state follows from besides its dates. */
const circumstances = {
  now: sql<string>`deciding_time()`,
  programmeStamp: sql<string>`(select p.xmin::text || p.ctid::text from programmes p where p.id = calls.programme_id)`,
  decisions: sql<Circumstances['decisions']>`(
    select json_agg(json_build_object('decision', d.decision, 'at', d.at)) from call_decisions d where d.call_id = calls.id
  )`,
  later: sql<string | null>`(
    select max(e.until) from extensions e where e.call_id = calls.id and e.person_id is null
  )`
}

/** Texts and rules: large, asked for by every page, and seldom changed. */
type Large = Pick<Call, 'texts' | 'rules'>
const { texts, rules, ...small } = getTableColumns(calls)

/** Another one for every version of the row that the database ever holds, within a transaction too. */
const stamp = sql<string>`calls.xmin::text || calls.ctid::text`
const KEPT_CALLS = 1000
const kept = new Map<string, { stamp: string; large: Large }>()

/**
 * Of rows just read, from memory where they are the versions last seen; null where one of them has moved on. Nobody may
 * change what all read.
 */
async function largeOf(db: Db | Tx, rows: { id: string; stamp: string }[]): Promise<Large[] | null> {
  const missing = rows.filter(({ id, stamp }) => kept.get(id)?.stamp !== stamp).map(({ id }) => id)
  const read =
    missing.length === 0
      ? []
      : await db.select({ id: calls.id, texts, rules, stamp }).from(calls).where(inArray(calls.id, missing))
  if (kept.size + read.length > KEPT_CALLS) kept.clear()
  for (const { id, stamp, ...large } of read) kept.set(id, { stamp, large: frozen(large) })
  const found = rows.map(({ id, stamp }) => {
    const known = kept.get(id)
    return known?.stamp === stamp ? known.large : null
  })
  return found.every(large => large !== null) ? found : null
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

type Decided = Pick<typeof callDecisions.$inferSelect, 'decision' | 'at'>

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

/** Calls with where they stand, in one or two queries however many they are. */
export async function standingCalls(
  db: Db | Tx,
  which: 'sealed' | { programmeIds: string[] }
): Promise<StandingCall[]> {
  if (which !== 'sealed' && which.programmeIds.length === 0) return []
  return standingWhere(db, which === 'sealed' ? isNotNull(calls.seal) : inArray(calls.programmeId, which.programmeIds))
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
