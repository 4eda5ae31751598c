import { createHash } from 'node:crypto'
import { and, desc, eq, gt, inArray, isNotNull, isNull, or } from 'drizzle-orm'
import { calls } from '../calls/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { jurors } from '../panel/tables.ts'
import { programmes, type Texts } from '../programmes/tables.ts'
import { proposals } from '../proposals/tables.ts'
import { invitations, people, roles, sessions } from './tables.ts'

export type Person = typeof people.$inferSelect
export type Session = { person: Person; shared: boolean; seenAt: Date; endsAt: Date; tokenHash: string }

/** Idle time after which a session ends: shorter where the computer is shared. */
export const IDLE_MINUTES = { own: 14 * 24 * 60, shared: 10 } as const

export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')

/** The session behind a cookie's token, if it still lives at `now` (real time). */
export async function sessionOf(db: Db | Tx, token: string, now: Date): Promise<Session | null> {
  const hash = tokenHash(token)
  const [found] = await db
    .select({ person: people, shared: sessions.shared, seenAt: sessions.seenAt, endsAt: sessions.endsAt })
    .from(sessions)
    .innerJoin(people, eq(sessions.personId, people.id))
    .where(and(eq(sessions.tokenHash, hash), gt(sessions.endsAt, now), isNull(people.disabledAt)))
  if (!found) return null
  return isIdle(found.shared, found.seenAt, now) ? null : { ...found, tokenHash: hash }
}

const isIdle = (shared: boolean, seenAt: Date, now: Date) =>
  now.getTime() - seenAt.getTime() > (shared ? IDLE_MINUTES.shared : IDLE_MINUTES.own) * 60_000

/** A person by their address, as they may sign in. */
export async function personWith(db: Db | Tx, email: string): Promise<Person | null> {
  const [person] = await db
    .select()
    .from(people)
    .where(and(eq(people.email, email), isNull(people.disabledAt)))
  return person ?? null
}

/** Somebody's own sessions that still live at `now` (real time), the last used first. */
export async function sessionsOf(db: Db, personId: string, now: Date) {
  const rows = await db
    .select({
      tokenHash: sessions.tokenHash,
      shared: sessions.shared,
      address: sessions.address,
      madeAt: sessions.madeAt,
      seenAt: sessions.seenAt
    })
    .from(sessions)
    .where(and(eq(sessions.personId, personId), gt(sessions.endsAt, now)))
    .orderBy(desc(sessions.seenAt))
  return rows.filter(({ shared, seenAt }) => !isIdle(shared, seenAt, now))
}

type CallOfProgramme = { id: string; programmeId: string }

/** Whether a person organises a call, by a role for it or for its programme. */
export async function organiserOf(tx: Db | Tx, personId: string, call: CallOfProgramme): Promise<boolean> {
  const [held] = await tx
    .select({ id: roles.id })
    .from(roles)
    .where(and(heldIn(personId, call), eq(roles.role, 'organiser')))
    .limit(1)
  return held !== undefined
}

/**
 * Whether a person may be the second one for a weighty action: confirmed organiser, chair or auditor of the programme,
 * who did not apply to this call. That it is another person than the first, the action itself checks.
 */
export async function secondPersonOf(tx: Db | Tx, personId: string, call: CallOfProgramme): Promise<boolean> {
  const [applied] = await tx
    .select({ id: proposals.id })
    .from(proposals)
    .where(and(eq(proposals.callId, call.id), eq(proposals.applicantId, personId), isNull(proposals.withdrawnAt)))
    .limit(1)
  if (applied) return false
  const [held] = await tx
    .select({ id: roles.id })
    .from(roles)
    .where(
      and(heldIn(personId, call), inArray(roles.role, ['organiser', 'chair', 'auditor']), isNotNull(roles.confirmedAt))
    )
    .limit(1)
  return held !== undefined || (await chairsAsJuror(tx, personId, call))
}

const heldIn = (personId: string, call: CallOfProgramme) =>
  and(
    eq(roles.personId, personId),
    eq(roles.programmeId, call.programmeId),
    isNull(roles.endedAt),
    or(isNull(roles.callId), eq(roles.callId, call.id))
  )

/** Whether a person chairs a call's panel: by a role, or as its juror who was asked to. */
export async function chairOf(tx: Db | Tx, personId: string, call: CallOfProgramme): Promise<boolean> {
  const [held] = await tx
    .select({ id: roles.id })
    .from(roles)
    .where(and(heldIn(personId, call), eq(roles.role, 'chair'), isNotNull(roles.confirmedAt)))
    .limit(1)
  return held !== undefined || (await chairsAsJuror(tx, personId, call))
}

async function chairsAsJuror(tx: Db | Tx, personId: string, call: CallOfProgramme): Promise<boolean> {
  const [chair] = await tx
    .select({ id: jurors.id })
    .from(jurors)
    .where(
      and(
        eq(jurors.callId, call.id),
        eq(jurors.personId, personId),
        eq(jurors.chair, true),
        isNotNull(jurors.acceptedAt),
        isNull(jurors.endedAt)
      )
    )
    .limit(1)
  return chair !== undefined
}

export type Invitation = typeof invitations.$inferSelect
export type InvitationTold = { by: string; programme: Texts; call: Texts; slug: string | null }

/** Who invites and to what, for the letter and the page. */
export async function invitationTold(
  tx: Db | Tx,
  { byPerson, programmeId, callId }: Pick<Invitation, 'byPerson' | 'programmeId' | 'callId'>
): Promise<InvitationTold> {
  const [programme] = await tx.select({ name: programmes.name }).from(programmes).where(eq(programmes.id, programmeId))
  const [by] = byPerson ? await tx.select({ name: people.name }).from(people).where(eq(people.id, byPerson)) : []
  const [call] = callId
    ? await tx.select({ texts: calls.texts, slug: calls.slug }).from(calls).where(eq(calls.id, callId))
    : []
  return {
    by: by?.name ?? '',
    programme: programme?.name ?? {},
    call: call?.texts.title ?? {},
    slug: call?.slug ?? null
  }
}

/** The invitation behind a letter's token, whatever became of it. */
export async function invitationBy(tx: Db | Tx, token: string): Promise<Invitation | null> {
  const [found] = await tx
    .select()
    .from(invitations)
    .where(eq(invitations.tokenHash, tokenHash(token)))
  return found ?? null
}

let common: Promise<(password: string) => boolean> | undefined

/** The test against 49,000 passwords that everybody tries first; read once, when somebody first chooses one. */
export function isCommonPassword(): Promise<(password: string) => boolean> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => {
    const list = new Set(dictionary['passwords-common'])
    return password => list.has(password)
  })
  return common
}
