import { organiserOf } from '../accounts/queries.ts'
import { ask, confirmationOf, give } from '../calls/confirmations.ts'
import { decide } from '../calls/decisions.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { lockedCall, type StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { headOf } from '../history/queries.ts'
import { isInterested } from '../ranking/queries.ts'
import { must, type Refusal, Refused } from '../refusal.ts'
import type { Content } from './content.ts'
import { contentOf } from './queries.ts'
import { publications } from './tables.ts'

type By = { by: string }

/** Why results cannot be published yet. Redress comes first where the call promised it. */
export function whyNotPublish(call: StandingCall, visibleAt: Date): Refusal | null {
  const state = whyNotIn(call.state, ['decided', 'redress'])
  if (state) return state
  if (call.life.decided.published)
    return { code: 'published_already', at: call.life.decided.published, zone: call.rules.zone }
  const { redressUntil } = call.life
  if (redressUntil && !call.life.decided.letters_released) return { code: 'letters_first' }
  return redressUntil && visibleAt <= redressUntil
    ? { code: 'redress_runs', until: redressUntil, zone: call.rules.zone }
    : null
}

export type Payload = { visibleAt: string; content: Content; inputHash: string }

/** Asks a second person to publish exactly this, at a set minute (at once, where the minute has passed). */
export async function askPublication(
  db: Db,
  { callId, visibleAt, by }: { callId: string; visibleAt: Date } & By
): Promise<string> {
  return db.transaction(async tx => {
    const call = await lockedCall(tx, callId)
    if (!call || !(await organiserOf(tx, by, call)) || (await isInterested(tx, callId, by)))
      throw new Refused({ code: 'not_found' })
    must(whyNotPublish(call, visibleAt))
    return ask(tx, { callId, action: 'publication', payload: await payloadOf(tx, call, visibleAt), by, at: call.now })
  })
}

async function payloadOf(tx: Tx, call: StandingCall, visibleAt: Date): Promise<Payload> {
  const made = await contentOf(tx, call)
  if (!made) throw new Refused({ code: 'not_signed' })
  return { visibleAt: visibleAt.toISOString(), ...made }
}

/** The second person agrees: the content is frozen and becomes visible by itself, at its minute. */
export async function confirmPublication(
  db: Db,
  { confirmationId, by }: { confirmationId: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const asked = await confirmationOf(tx, confirmationId)
    const call = asked?.action === 'publication' ? await lockedCall(tx, asked.callId) : null
    if (!asked || !call) throw new Refused({ code: 'not_found' })
    if (asked.givenBy === by) return
    if (await isInterested(tx, call.id, by)) throw new Refused({ code: 'not_found' })
    const payload = (await give(tx, { confirmationId, by, at: call.now })) as Payload
    const visibleAt = new Date(payload.visibleAt)
    must(whyNotPublish(call, visibleAt))
    const historyHead = await headOf(tx, call.id)
    const [made] = await tx
      .insert(publications)
      .values({
        callId: call.id,
        kind: 'final',
        content: payload.content,
        seal: call.seal ?? '',
        inputHash: payload.inputHash,
        historyHead,
        visibleAt,
        byPerson: asked.askedBy,
        secondPerson: by,
        at: call.now
      })
      .returning({ id: publications.id })
    await decide(tx, {
      callId: call.id,
      decision: 'published',
      by: asked.askedBy,
      second: by,
      at: visibleAt > call.now ? visibleAt : call.now
    })
    await remember(tx, {
      callId: call.id,
      what: 'results.published',
      about: made?.id ?? call.id,
      byPerson: by,
      at: call.now,
      facts: {
        visibleAt: payload.visibleAt,
        askedBy: asked.askedBy,
        digest: asked.digest,
        inputHash: payload.inputHash,
        seal: call.seal
      }
    })
  })
}
