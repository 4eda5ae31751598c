import { and, eq, isNull } from 'drizzle-orm'
import { secondPersonOf } from '../accounts/queries.ts'
import type { Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { programmes } from '../programmes/tables.ts'
import { must, Refused } from '../refusal.ts'
import { whyNotConfirm } from './confirming.ts'
import { lockedCall, type StandingCall } from './queries.ts'
import { digestOf } from './rules.ts'
import { calls, confirmations } from './tables.ts'

export type Confirmation = typeof confirmations.$inferSelect
type Action = Confirmation['action']

/**
 * Asks a second person for something weighty; answers the id of what now waits. Asked again with the same content, it is
 * the same; with other content, the earlier one is withdrawn. The caller holds the call's lock.
 */
export async function ask(
  tx: Tx,
  {
    callId,
    action,
    payload,
    reason = '',
    by,
    at
  }: { callId: string; action: Action; payload: Record<string, unknown>; reason?: string; by: string; at: Date }
): Promise<string> {
  // What is hashed is what JSON keeps: a date or an absent value must not make another digest when it is read back.
  const plain = JSON.parse(JSON.stringify(payload)) as Record<string, unknown>
  const digest = digestOf(plain)
  const waiting = await tx
    .select()
    .from(confirmations)
    .where(and(eq(confirmations.callId, callId), eq(confirmations.action, action), open))
    .for('update')
  const same = waiting.find(one => one.digest === digest && one.askedBy === by && one.reason === reason)
  if (same) return same.id
  await withdrawAsked(tx, { callId, action, at })
  const [asked] = await tx
    .insert(confirmations)
    .values({ callId, action, payload: plain, digest, reason, askedBy: by, askedAt: at })
    .returning({ id: confirmations.id })
  if (!asked) throw new Refused({ code: 'not_found' })
  await remember(tx, {
    callId,
    what: 'confirmation.asked',
    about: asked.id,
    byPerson: by,
    at,
    facts: { action, digest },
    ...(reason ? { values: { reason } } : {})
  })
  return asked.id
}

/** What waits, or was given: by its id. */
export async function confirmationOf(tx: Tx, confirmationId: string): Promise<Confirmation | null> {
  const [found] = await tx.select().from(confirmations).where(eq(confirmations.id, confirmationId))
  return found ?? null
}

/** The same with its call, read under the call's lock: whoever said yes while we waited for it has said it by now. */
export async function heldConfirmation(
  tx: Tx,
  confirmationId: string,
  action: Action
): Promise<{ asked: Confirmation; call: StandingCall }> {
  const first = await confirmationOf(tx, confirmationId)
  const call = first?.action === action ? await lockedCall(tx, first.callId) : null
  const asked = call && (await confirmationOf(tx, confirmationId))
  if (!call || !asked) throw new Refused({ code: 'not_found' })
  return { asked, call }
}

/**
 * The second person's yes; answers exactly what the first one asked. Refused to the one who asked (unless the programme
 * is in single-person mode), to whoever is no second person here, and where it was given or withdrawn already: a command
 * that may be clicked twice looks at `heldConfirmation(…).asked.givenBy` first. The caller holds the call's lock.
 */
export async function give(
  tx: Tx,
  { confirmationId, by, at }: { confirmationId: string; by: string; at: Date }
): Promise<Record<string, unknown>> {
  const [asked] = await tx.select().from(confirmations).where(eq(confirmations.id, confirmationId)).for('update')
  if (!asked) throw new Refused({ code: 'not_found' })
  const [home] = await tx
    .select({ id: calls.id, programmeId: calls.programmeId, singlePersonAt: programmes.singlePersonAt })
    .from(calls)
    .innerJoin(programmes, eq(calls.programmeId, programmes.id))
    .where(eq(calls.id, asked.callId))
  if (!home || !(await secondPersonOf(tx, by, home))) throw new Refused({ code: 'not_found' })
  must(whyNotConfirm(asked, { by, singlePerson: home.singlePersonAt !== null }))
  if (digestOf(asked.payload) !== asked.digest) throw new Refused({ code: 'asked_is_changed' })
  await tx.update(confirmations).set({ givenBy: by, givenAt: at }).where(eq(confirmations.id, confirmationId))
  return asked.payload
}

/** Takes back what still waits: its subject has changed, or the asker thought again. */
export async function withdrawAsked(
  tx: Tx,
  { callId, action, at }: { callId: string; action: Action; at: Date }
): Promise<void> {
  await tx
    .update(confirmations)
    .set({ withdrawnAt: at })
    .where(and(eq(confirmations.callId, callId), eq(confirmations.action, action), open))
}

const open = and(isNull(confirmations.givenAt), isNull(confirmations.withdrawnAt))
