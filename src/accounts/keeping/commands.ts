import { randomBytes } from 'node:crypto'
import { and, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connect.ts'
import { decidingTime, realTime } from '../../db/time.ts'
import { remember } from '../../history/commands.ts'
import { Refused } from '../../refusal.ts'
import { startSession } from '../commands.ts'
import type { Entered, Entering } from '../entry/commands.ts'
import { type Person, personWith, tokenHash } from '../queries.ts'
import { codes, people, roles, sessions, tokens } from '../tables.ts'

// What whoever looks after the machine may do with accounts, from its console. It stands in history with nobody's name.

export const LINK_HOURS = 24

/**
 * Makes a link with which one person signs in once, and answers its token, which is told once and stored as a hash. The
 * link before it ends. `forget`: the password goes, and every session with it; a new one is set once signed in.
 */
export async function makeLink(db: Db, { personId, forget }: { personId: string; forget: boolean }): Promise<string> {
  return db.transaction(async tx => {
    const person = await lockedPerson(tx, personId)
    if (person.disabledAt) throw new Refused({ code: 'disabled' })
    const now = await realTime(tx)
    await tx.delete(codes).where(and(eq(codes.email, person.email), eq(codes.purpose, 'link')))
    const token = randomBytes(32).toString('base64url')
    const endsAt = new Date(now.getTime() + LINK_HOURS * 3_600_000)
    await tx
      .insert(codes)
      .values({ email: person.email, purpose: 'link', codeHash: tokenHash(token), madeAt: now, endsAt })
    if (forget) {
      await tx.update(people).set({ passwordHash: null }).where(eq(people.id, personId))
      await tx.delete(sessions).where(eq(sessions.personId, personId))
    }
    await told(tx, 'link.made', personId, { forget })
    return token
  })
}

/** Whom a link signs in, while it lives. */
export async function personByLink(db: Db | Tx, token: string): Promise<Person | null> {
  const [code] = await db
    .select({ email: codes.email })
    .from(codes)
    .where(livingLink(token, await realTime(db)))
  return code ? personWith(db, code.email) : null
}

const livingLink = (token: string, now: Date) =>
  and(eq(codes.purpose, 'link'), eq(codes.codeHash, tokenHash(token)), isNull(codes.usedAt), gt(codes.endsAt, now))

/** Signs in with a link, once. Coming in by it confirms the account, and the roles that wait for that. */
export async function enterByLink(db: Db, { link, ...entering }: { link: string } & Entering): Promise<Entered> {
  return db.transaction(async tx => {
    const [used] = await tx
      .update(codes)
      .set({ usedAt: await realTime(tx) })
      .where(livingLink(link, await realTime(tx)))
      .returning({ email: codes.email })
    const person = used ? await personWith(tx, used.email) : null
    if (!person) throw new Refused({ code: 'link_over' })
    const now = await decidingTime(tx)
    if (!person.confirmedAt) await tx.update(people).set({ confirmedAt: now }).where(eq(people.id, person.id))
    await tx
      .update(roles)
      .set({ confirmedAt: now })
      .where(and(eq(roles.personId, person.id), isNull(roles.confirmedAt), isNull(roles.endedAt)))
    const token = await startSession(tx, { personId: person.id, factors: ['link'], ...entering })
    await remember(tx, { what: 'link.used', about: person.id, byPerson: person.id, at: now })
    return { token, personId: person.id, language: person.language }
  })
}

/** Ends every session of a person; answers how many there were. */
export async function endSessions(db: Db, { personId }: { personId: string }): Promise<number> {
  return db.transaction(async tx => {
    const ended = await tx.delete(sessions).where(eq(sessions.personId, personId)).returning({ at: sessions.madeAt })
    if (ended.length > 0) await told(tx, 'sessions.ended', personId, { count: ended.length })
    return ended.length
  })
}

/** Closes an account: nobody comes in by it any more, and what it did stays. Not the last administrator's. */
export async function disablePerson(db: Db, { personId }: { personId: string }): Promise<void> {
  await db.transaction(async tx => {
    const person = await lockedPerson(tx, personId)
    if (person.disabledAt) return
    if (person.administrator) await mustLeaveOne(tx, personId)
    const now = await realTime(tx)
    await tx.update(people).set({ disabledAt: now }).where(eq(people.id, personId))
    await tx.delete(sessions).where(eq(sessions.personId, personId))
    await tx
      .update(tokens)
      .set({ revokedAt: now })
      .where(and(eq(tokens.personId, personId), isNull(tokens.revokedAt)))
    await tx
      .update(codes)
      .set({ endsAt: now })
      .where(and(eq(codes.email, person.email), gt(codes.endsAt, now)))
    await told(tx, 'person.disabled', personId)
  })
}

/** Opens a closed account again. Its tokens stay ended. */
export async function enablePerson(db: Db, { personId }: { personId: string }): Promise<void> {
  await db.transaction(async tx => {
    const person = await lockedPerson(tx, personId)
    if (!person.disabledAt) return
    await tx.update(people).set({ disabledAt: null }).where(eq(people.id, personId))
    await told(tx, 'person.enabled', personId)
  })
}

/** Makes somebody an administrator of the installation, or no longer one. There is always one left. */
export async function setAdministrator(db: Db, { personId, on }: { personId: string; on: boolean }): Promise<void> {
  await db.transaction(async tx => {
    const person = await lockedPerson(tx, personId)
    if (person.administrator === on) return
    if (!on) await mustLeaveOne(tx, personId)
    await tx.update(people).set({ administrator: on }).where(eq(people.id, personId))
    await told(tx, 'person.administrator', personId, { on })
  })
}

export type EndedRole = {
  personId: string
  programmeId: string
  callId: string | null
  role: (typeof roles.$inferSelect)['role']
}

/** Ends a role; what was done in it stays. Answers whether there was one. */
export async function endRole(db: Db, { personId, programmeId, callId, role }: EndedRole): Promise<boolean> {
  return db.transaction(async tx => {
    const ended = await tx
      .update(roles)
      .set({ endedAt: await decidingTime(tx) })
      .where(
        and(
          eq(roles.personId, personId),
          eq(roles.programmeId, programmeId),
          callId ? eq(roles.callId, callId) : isNull(roles.callId),
          eq(roles.role, role),
          isNull(roles.endedAt)
        )
      )
      .returning({ id: roles.id })
    if (ended.length === 0) return false
    await told(tx, 'role.ended', personId, { role, programmeId, callId })
    return true
  })
}

async function lockedPerson(tx: Tx, personId: string): Promise<Person> {
  const [person] = await tx.select().from(people).where(eq(people.id, personId)).for('update')
  if (!person) throw new Refused({ code: 'not_found' })
  return person
}

async function mustLeaveOne(tx: Tx, personId: string): Promise<void> {
  // Two that are closed at once must not each count on the other.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('administrators', 0))`)
  const [other] = await tx
    .select({ id: people.id })
    .from(people)
    .where(and(eq(people.administrator, true), isNull(people.disabledAt), ne(people.id, personId)))
    .limit(1)
  if (!other) throw new Refused({ code: 'last_administrator' })
}

async function told(tx: Tx, what: string, about: string, facts: Record<string, unknown> = {}): Promise<void> {
  await remember(tx, { what, about, byPerson: null, at: await decidingTime(tx), facts })
}
