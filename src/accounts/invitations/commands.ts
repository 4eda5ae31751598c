import { and, eq, isNull } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connect.ts'
import { decidingTime } from '../../db/time.ts'
import { remember } from '../../history/commands.ts'
import { Mistaken, type Refusal, Refused } from '../../refusal.ts'
import { addPerson, addressOf, giveRole, inviteTo, startSession } from '../commands.ts'
import type { Entering } from '../entry/commands.ts'
import { type Invitation, invitationBy, organiserOf, personWith } from '../queries.ts'
import { invitations } from '../tables.ts'
import { whyNotAnswer } from './answering.ts'

export type Team = 'organiser' | 'auditor'

/** Asks somebody into a programme's team. They hold the role once they have accepted. */
export async function inviteToTeam(
  db: Db,
  {
    programmeId,
    role,
    email,
    name,
    language,
    by
  }: { programmeId: string; role: Team; email: string; name: string; language: string; by: string }
): Promise<void> {
  await db.transaction(async tx => {
    if (!(await organiserOf(tx, by, { id: programmeId, programmeId }))) throw new Refused({ code: 'not_found' })
    const at = await decidingTime(tx)
    await inviteTo(tx, { purpose: role, email: addressOf(email), name, language, programmeId, by, at })
    await remember(tx, {
      what: 'team.invited',
      about: programmeId,
      byPerson: by,
      at,
      facts: { role },
      values: { email: addressOf(email), name }
    })
  })
}

export const inviteOrganiser = (db: Db, invited: Omit<Parameters<typeof inviteToTeam>[1], 'role'>): Promise<void> =>
  inviteToTeam(db, { ...invited, role: 'organiser' })

/** What taking or leaving a juror's seat means, the panel's room knows. */
export type TakeSeat = (tx: Tx, seat: { jurorId: string; by: string }) => Promise<void>

export type Answered = { invitation: Invitation; token: string | null }

/**
 * Accepts an invitation. Holding the letter shows that the address is theirs: where there is no account yet, it is made and
 * a session begins (its token is in the answer). An account that is there already must be signed in: a letter that was
 * passed on opens no door. Accepting again changes nothing.
 */
export async function acceptInvitation(
  db: Db,
  {
    token,
    name,
    by,
    takeSeat,
    ...entering
  }: { token: string; name: string; by: string | null; takeSeat: TakeSeat } & Entering
): Promise<Answered> {
  return db.transaction(async tx => {
    const { invitation, person } = await lockedInvitation(tx, token)
    if (invitation.usedAt !== null && person !== null && person.id === by) return { invitation, token: null }
    await mayAnswer(tx, invitation)
    if (person && person.id !== by) throw new Refused({ code: 'sign_in_first' })
    if (!person && !name) throw new Mistaken([{ field: 'name', code: 'missing' }])
    const personId =
      person?.id ??
      (await addPerson(tx, { email: invitation.email, name, language: invitation.language, confirmed: true }))
    await settle(tx, invitation, { usedAt: await decidingTime(tx) })
    const { purpose, programmeId, callId, jurorId } = invitation
    if (purpose !== 'juror')
      await giveRole(tx, { personId, programmeId, callId, role: purpose, confirmed: true, by: personId })
    else if (jurorId) await takeSeat(tx, { jurorId, by: personId })
    const session = person ? null : await startSession(tx, { personId, factors: ['invitation'], ...entering })
    return { invitation, token: session }
  })
}

export type LeaveSeat = (tx: Tx, seat: { jurorId: string; word: string; by: string }) => Promise<void>

/**
 * Declines, with a word or without. A seat is given back under a person's name, so whoever has no account is added without
 * one way in: only a code to the same address opens it later.
 */
export async function declineInvitation(
  db: Db,
  { token, word, leaveSeat }: { token: string; word: string; leaveSeat: LeaveSeat }
): Promise<void> {
  await db.transaction(async tx => {
    const { invitation, person } = await lockedInvitation(tx, token)
    if (invitation.declinedAt !== null) return
    await mayAnswer(tx, invitation)
    const at = await decidingTime(tx)
    await settle(tx, invitation, { declinedAt: at, word })
    const { purpose, programmeId, jurorId, email, name, language } = invitation
    if (jurorId) {
      const by = person?.id ?? (await addPerson(tx, { email, name, language, confirmed: true }))
      await leaveSeat(tx, { jurorId, word, by })
    }
    await remember(tx, {
      what: 'invitation.declined',
      about: invitation.id,
      byPerson: person?.id ?? null,
      at,
      facts: { purpose, programmeId },
      values: { word }
    })
  })
}

async function lockedInvitation(tx: Tx, token: string) {
  const found = await invitationBy(tx, token)
  if (!found) throw new Refused({ code: 'not_found' })
  const [invitation] = await tx.select().from(invitations).where(eq(invitations.id, found.id)).for('update')
  if (!invitation) throw new Refused({ code: 'not_found' })
  return { invitation, person: await personWith(tx, invitation.email) }
}

async function mayAnswer(tx: Tx, invitation: Invitation): Promise<void> {
  const whyNot: Refusal | null = whyNotAnswer(invitation, await decidingTime(tx))
  if (whyNot) throw new Refused(whyNot)
}

async function settle(tx: Tx, { id }: Invitation, how: Partial<Invitation>): Promise<void> {
  await tx
    .update(invitations)
    .set(how)
    .where(and(eq(invitations.id, id), isNull(invitations.usedAt)))
}
