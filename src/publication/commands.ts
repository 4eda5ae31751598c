import { randomInt } from 'node:crypto'
import { organiserOf } from '../accounts/queries.ts'
import { ask, give, heldConfirmation } from '../calls/confirmations.ts'
import { decide } from '../calls/decisions.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { lockedCall, type StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { headOf } from '../history/queries.ts'
import { stoppedDecisions } from '../notifications/queries.ts'
import { whyNotDecide } from '../panel/queries.ts'
import { inputHash, rankInput } from '../ranking/input.ts'
import { computedAgain, isInterested, type Run } from '../ranking/queries.ts'
import { must, type Refusal, Refused } from '../refusal.ts'
import type { Label } from './bundle.ts'
import type { Content } from './content.ts'
import { labelled, linksJurors, makePublicBundle, toLabel } from './making.ts'
import { contentOf, frozenFrom, labelsOf } from './queries.ts'
import { publicInput } from './revealing.ts'
import { bundleLabels, publications } from './tables.ts'

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
    await mustHaveTold(tx, callId)
    return ask(tx, { callId, action: 'publication', payload: await payloadOf(tx, call, visibleAt), by, at: call.now })
  })
}

/** Applicants learn it before the public does: letters that were stopped must go first. */
async function mustHaveTold(tx: Tx, callId: string): Promise<void> {
  const stopped = await stoppedDecisions(tx, callId)
  if (stopped.size > 0) throw new Refused({ code: 'letters_stopped', count: stopped.size })
}

async function payloadOf(tx: Tx, call: StandingCall, visibleAt: Date): Promise<Payload> {
  const made = await contentOf(tx, call)
  if (!made) throw new Refused({ code: 'not_signed' })
  const { content, run } = made
  const labels = await drawnLabels(tx, call, run)
  return { visibleAt: visibleAt.toISOString(), content, inputHash: inputHash(publicInput(computedAgain(run), labels)) }
}

/**
 * The labels of a run, drawn by lot the first time they are needed and kept: neither the order of jurors nor of time is in
 * them, and asking again draws nothing new.
 */
async function drawnLabels(tx: Tx, call: StandingCall, run: Run): Promise<Label[]> {
  const known = await labelsOf(tx, run.id)
  if (known) return known
  const order = toLabel(call.rules, rankInput(run.input))
  for (let left = order.length - 1; left > 0; left--) {
    const other = randomInt(left + 1)
    const [one, two] = [order[left], order[other]]
    if (one && two) [order[left], order[other]] = [two, one]
  }
  const labels = labelled(order, linksJurors(call.rules) ? 'S' : 'R')
  await tx.insert(bundleLabels).values({ rankingId: run.id, labels, at: call.now })
  return labels
}

/** The second person agrees: the content is frozen and becomes visible by itself, at its minute. */
export async function confirmPublication(
  db: Db,
  { confirmationId, by }: { confirmationId: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const { asked, call } = await heldConfirmation(tx, confirmationId, 'publication')
    if (asked.givenBy === by) return
    if (await isInterested(tx, call.id, by)) throw new Refused({ code: 'not_found' })
    must(await whyNotDecide(tx, by, call.id))
    const payload = (await give(tx, { confirmationId, by, at: call.now })) as Payload
    const chosen = new Date(payload.visibleAt)
    must(whyNotPublish(call, chosen))
    await mustHaveTold(tx, call.id)
    // A minute that passed while the second person read is no longer true: the page says since when it has been public.
    const visibleAt = chosen > call.now ? chosen : call.now
    const historyHead = await headOf(tx, call.id)
    const run = (await contentOf(tx, call))?.run
    const labels = run && (await labelsOf(tx, run.id))
    if (!run || !labels) throw new Refused({ code: 'not_signed' })
    const bundle = makePublicBundle(frozenFrom(call, run, { labels, historyHead }))
    if (bundle.inputHash !== payload.inputHash) throw new Refused({ code: 'asked_is_changed' })
    const [made] = await tx
      .insert(publications)
      .values({
        callId: call.id,
        kind: 'final',
        content: payload.content,
        seal: call.seal ?? '',
        bundle,
        bundleDigest: bundle.digest,
        rankingId: run.id,
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
      at: visibleAt
    })
    await remember(tx, {
      callId: call.id,
      what: 'results.published',
      about: made?.id ?? call.id,
      byPerson: by,
      at: call.now,
      facts: {
        visibleAt: visibleAt.toISOString(),
        askedBy: asked.askedBy,
        digest: asked.digest,
        inputHash: payload.inputHash,
        seal: call.seal,
        bundle: bundle.digest
      }
    })
  })
}
