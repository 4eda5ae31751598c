import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connect.ts'
import { decidingTime, realTime } from '../db/time.ts'
import { remember } from '../history/commands.ts'
import { sentence } from '../i18n/catalogue.ts'
import { inLanguage } from '../i18n/languages.ts'
import { plainName, writeLetter } from '../notifications/commands.ts'
import { Mistaken, must, Refused } from '../refusal.ts'
import { whyNotPassword } from './passwords.ts'
import { profileVersion } from './profileversion.ts'
import { invitationTold, isCommonPassword, type Session, tokenHash } from './queries.ts'
import { invitations, people, roles, sessions } from './tables.ts'

const HOURS = 3_600_000
/** However busy, a session ends after so long. */
export const SESSION_HOURS = { own: 30 * 24, shared: 4 } as const

/** argon2id: 19 MiB, two passes, as OWASP has it. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** What is stored of a password. Composed first (NFC): keyboards differ in how they write й or ά. */
export function hashPassword(text: string): Promise<string> {
  return hash(text.normalize('NFC'), COST)
}

let decoy: Promise<string> | undefined

/** Whether a password is the one behind a hash. Without a hash (nobody there, or no password) it takes as long to say no. */
export async function isPassword(passwordHash: string | null, text: string): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(16).toString('hex'))
  const right = await verify(passwordHash ?? (await decoy), text.normalize('NFC'))
  return right && passwordHash !== null
}

export type NewPerson = {
  email: string
  name: string
  nameLatin?: string
  language?: string
  zone?: string | null
  country?: string
  institution?: string
  institutionEn?: string
  city?: string
  cityLatin?: string
  passwordHash?: string | null
  /** Whether the address is known to be theirs. */
  confirmed: boolean
  administrator?: boolean
  by?: string | null
}

/** An address as it is stored: one address, one person. */
export const addressOf = (email: string) => email.normalize('NFC').trim().toLowerCase()

/** Adds a person and answers their id. Takes the lock of the installation's history: call it after other locks. */
export async function addPerson(tx: Tx, { email, confirmed, by, ...person }: NewPerson): Promise<string> {
  const now = await decidingTime(tx)
  const [added] = await tx
    .insert(people)
    .values({ ...person, email: addressOf(email), confirmedAt: confirmed ? now : null, madeAt: now })
    .onConflictDoNothing({ target: people.email })
    .returning({ id: people.id })
  if (!added) throw new Refused({ code: 'address_taken' })
  await remember(tx, {
    what: 'person.added',
    about: added.id,
    byPerson: by ?? null,
    at: now,
    facts: { confirmed, administrator: person.administrator ?? false }
  })
  return added.id
}

export type GivenRole = {
  personId: string
  programmeId: string
  /** Without one, the role is for the whole programme. */
  callId?: string | null
  role: (typeof roles.$inferSelect)['role']
  /** Only a confirmed role makes a second person. */
  confirmed: boolean
  by: string | null
}

/** Gives a role, or wakes one that had ended. Given twice, it stays one. */
export async function giveRole(
  tx: Tx,
  { personId, programmeId, callId, role, confirmed, by }: GivenRole
): Promise<void> {
  const now = await decidingTime(tx)
  const confirmedAt = confirmed ? now : null
  // Two roles without a call would not collide in the index: the person's row makes givers queue.
  await tx.select({ id: people.id }).from(people).where(eq(people.id, personId)).for('update')
  const [held] = await tx
    .select()
    .from(roles)
    .where(
      and(
        eq(roles.personId, personId),
        eq(roles.programmeId, programmeId),
        callId ? eq(roles.callId, callId) : isNull(roles.callId),
        eq(roles.role, role)
      )
    )
    .for('update')
  if (held && held.endedAt === null && (held.confirmedAt !== null || !confirmed)) return
  if (held) {
    const kept = held.endedAt === null ? held.confirmedAt : null
    await tx
      .update(roles)
      .set({ endedAt: null, confirmedAt: kept ?? confirmedAt })
      .where(eq(roles.id, held.id))
  } else {
    await tx
      .insert(roles)
      .values({ personId, programmeId, callId: callId ?? null, role, confirmedAt, madeAt: now })
      .onConflictDoNothing()
  }
  await remember(tx, {
    what: 'role.given',
    about: personId,
    byPerson: by,
    at: now,
    facts: { role, programmeId, callId: callId ?? null, confirmed }
  })
}

export type Invited = {
  purpose: (typeof invitations.$inferSelect)['purpose']
  email: string
  name: string
  language: string
  programmeId: string
  callId?: string | null
  jurorId?: string | null
  by: string
  at: Date
}

const INVITATION_DAYS = 30

/**
 * Makes an invitation, writes its letter and answers its token, which is told once and stored only as a hash. A new one for
 * the same seat or role takes the place of the one before.
 */
export async function inviteTo(tx: Tx, { by, at, email, ...invited }: Invited): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const address = addressOf(email)
  await tx
    .update(invitations)
    .set({ endsAt: at })
    .where(
      and(
        eq(invitations.email, address),
        eq(invitations.purpose, invited.purpose),
        eq(invitations.programmeId, invited.programmeId),
        invited.jurorId ? eq(invitations.jurorId, invited.jurorId) : isNull(invitations.jurorId),
        isNull(invitations.usedAt),
        isNull(invitations.declinedAt)
      )
    )
  const [made] = await tx
    .insert(invitations)
    .values({
      ...invited,
      email: address,
      tokenHash: tokenHash(token),
      byPerson: by,
      madeAt: at,
      endsAt: new Date(at.getTime() + INVITATION_DAYS * 24 * HOURS)
    })
    .returning()
  if (!made) throw new Refused({ code: 'not_found' })
  const { language } = invited
  const told = await invitationTold(tx, made)
  const facts = {
    by: plainName(told.by),
    programme: inLanguage(told.programme, language),
    call: inLanguage(told.call, language)
  }
  const say = (key: string) => sentence(language, `accounts.letter.${invited.purpose}.${key}`, facts)
  await writeLetter(tx, {
    event: `invitation:${made.id}`,
    kind: 'invitation',
    ...(invited.callId && { callId: invited.callId }),
    email: address,
    language,
    subject: say('subject'),
    blocks: [
      { kind: 'paragraph', text: say('text') },
      { kind: 'button', href: `/invitations/${token}`, label: sentence(language, 'accounts.letter.invitation.button') },
      {
        kind: 'paragraph',
        text: sentence(language, 'accounts.letter.invitation.once', { days: INVITATION_DAYS }),
        small: true
      }
    ],
    because: sentence(language, 'accounts.letter.invitation.because', facts),
    release: true
  })
  return token
}

/** Starts a session and answers its token, which is told once and stored only as a hash. */
export async function startSession(
  tx: Tx | Db,
  { personId, shared, factors, address }: { personId: string; shared: boolean; factors: string[]; address: string }
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const now = await realTime(tx)
  const endsAt = new Date(now.getTime() + (shared ? SESSION_HOURS.shared : SESSION_HOURS.own) * HOURS)
  await tx
    .insert(sessions)
    .values({ tokenHash: tokenHash(token), personId, shared, factors, address, madeAt: now, seenAt: now, endsAt })
  return token
}

/** Notes that a session is in use: once a minute is enough, a write at every click would not be. */
export async function touchSession(db: Db, session: Session, now: Date): Promise<void> {
  if (now.getTime() - session.seenAt.getTime() < 60_000) return
  await db.update(sessions).set({ seenAt: now }).where(eq(sessions.tokenHash, session.tokenHash))
}

export async function endSession(db: Db, session: Session): Promise<void> {
  await db.delete(sessions).where(eq(sessions.tokenHash, session.tokenHash))
}

/**
 * Ends one of somebody's own sessions, named by the beginning of its hash; another person's is as little there as one that
 * never was.
 */
export async function endOwnSession(db: Db, { session, by }: { session: string; by: string }): Promise<void> {
  await db.delete(sessions).where(and(eq(sessions.personId, by), sql`left(${sessions.tokenHash}, 16) = ${session}`))
}

/** Ends every session of a person but the one they are using. */
export async function endOtherSessions(db: Db | Tx, { keep, by }: { keep: string; by: string }): Promise<void> {
  await db.delete(sessions).where(and(eq(sessions.personId, by), ne(sessions.tokenHash, keep)))
}

export type Profile = Pick<
  typeof people.$inferSelect,
  'name' | 'nameLatin' | 'language' | 'zone' | 'country' | 'institution' | 'institutionEn' | 'city' | 'cityLatin'
>

/** Who they are, as they write it themselves. What was submitted keeps what stood there then. */
export async function changeProfile(
  db: Db,
  { profile, version, by }: { profile: Profile; version?: string | undefined; by: string }
): Promise<void> {
  await db.transaction(async tx => {
    const [person] = await tx.select().from(people).where(eq(people.id, by)).for('update')
    if (!person) throw new Refused({ code: 'not_found' })
    if (version !== undefined && version !== profileVersion(person))
      throw new Mistaken([{ field: 'version', code: 'stale_profile' }])
    await tx.update(people).set(profile).where(eq(people.id, by))
  })
}

/**
 * Sets or changes the password and ends every other session. `current` is asked for where there is a password;
 * where there is none, whoever signed in by a code may set one.
 */
export async function changePassword(
  db: Db,
  { current, next, keep, by }: { current: string; next: string; keep: string; by: string }
): Promise<void> {
  const [person] = await db.select().from(people).where(eq(people.id, by))
  if (!person) throw new Refused({ code: 'not_found' })
  if (person.passwordHash !== null && !(await isPassword(person.passwordHash, current)))
    throw new Mistaken([{ field: 'current', code: 'password_wrong' }])
  const weak = whyNotPassword(next, { isCommon: await isCommonPassword(), about: [person.name, person.email] })
  if (weak) throw new Mistaken([{ field: 'password', code: weak }])
  const passwordHash = await hashPassword(next)
  await db.transaction(async tx => {
    // Only over the password that was asked for: two changes at once are not both right.
    const changed = await tx
      .update(people)
      .set({ passwordHash })
      .where(and(eq(people.id, by), sql`${people.passwordHash} is not distinct from ${person.passwordHash}`))
      .returning({ id: people.id })
    must(changed.length === 1 ? null : { code: 'account_changed' })
    await endOtherSessions(tx, { keep, by })
    await remember(tx, { what: 'password.changed', about: by, byPerson: by, at: await decidingTime(tx) })
  })
}
