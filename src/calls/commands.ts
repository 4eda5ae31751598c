import { and, count, eq } from 'drizzle-orm'
import { organiserOf } from '../accounts/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { decidingTime } from '../db/time.ts'
import { remember } from '../history/commands.ts'
import { organisesProgramme, othersWhoMayConfirm } from '../programmes/queries.ts'
import { whyNotSlug } from '../programmes/rules.ts'
import { programmes, stages } from '../programmes/tables.ts'
import { isInterested } from '../ranking/queries.ts'
import { Mistaken, must, Refused } from '../refusal.ts'
import { whyNotChange, whyNotExtend } from './changing.ts'
import { ask, confirmationOf, give, heldConfirmation, withdrawAsked } from './confirmations.ts'
import { decide } from './decisions.ts'
import { tellOfExtension } from './letters.ts'
import { type State, whyNotIn } from './lifecycle.ts'
import { type ListedPerson, listDigest } from './listing.ts'
import { type Around, whyNotOpen } from './opening.ts'
import { deadlineFor, listedFor, lockedCall, type StandingCall } from './queries.ts'
import { type CallRules, callRules, digestOf, sealOf } from './rules.ts'
import { type CallTexts, calls, extensions, listedPeople, ruleChanges } from './tables.ts'

export { closeReviewing, endDeclarations, endScreening } from './moves.ts'

type By = { by: string }

export async function draftCall(
  db: Db,
  { stageId, slug, texts, rules, by }: { stageId: string; slug: string; texts: CallTexts; rules: CallRules } & By
): Promise<string> {
  return db.transaction(async tx => {
    const [stage] = await tx.select().from(stages).where(eq(stages.id, stageId)).for('share')
    if (!stage || !(await organisesProgramme(tx, by, stage.programmeId))) throw new Refused({ code: 'not_found' })
    must(whyNotSlug(slug))
    const at = await decidingTime(tx)
    const [made] = await tx
      .insert(calls)
      .values({ programmeId: stage.programmeId, stageId, slug, texts, rules: readable(rules), madeBy: by, madeAt: at })
      .onConflictDoNothing()
      .returning({ id: calls.id })
    if (!made) throw new Mistaken([{ field: 'slug', code: 'slug_taken' }])
    await remember(tx, { callId: made.id, what: 'call.drafted', about: made.id, byPerson: by, at, facts: { slug } })
    return made.id
  })
}

/**
 * Changes a draft: texts, rules, or both whole. `version` is the one the page was filled from; where somebody has saved
 * since, it is a mistake at `version` and nothing is overwritten. Texts are not sealed and may be mended later too.
 */
export async function editCall(
  db: Db,
  { callId, version, texts, rules, by }: { callId: string; version: number; texts?: CallTexts; rules?: CallRules } & By
): Promise<number> {
  return db.transaction(async tx => {
    const call = await ownCall(tx, callId, by)
    if (rules !== undefined) {
      must(whyNotIn(call.state, ['draft']))
      if (call.seal !== null) throw new Refused({ code: 'sealed_already' })
    }
    must(whyNotIn(call.state, TEXTS_CHANGE))
    if (version !== call.version) throw new Mistaken([{ field: 'version', code: 'stale_edit' }])
    const next = call.version + 1
    await tx
      .update(calls)
      .set({ ...(texts && { texts }), ...(rules && { rules: readable(rules) }), version: next })
      .where(eq(calls.id, callId))
    // Somebody waits for a yes to what was: it must be asked again.
    if (rules !== undefined) await withdrawAsked(tx, { callId, action: 'opening', at: call.now })
    if (call.seal !== null)
      await remember(tx, {
        callId,
        what: 'call.texts_changed',
        about: callId,
        byPerson: by,
        at: call.now,
        values: { texts }
      })
    return next
  })
}

const TEXTS_CHANGE: State[] = ['draft', 'open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing', 'panel']

/** Who may apply, where the call is for listed people: the whole list, in place of what stood there. */
export async function listPeople(
  db: Db,
  { callId, people, by }: { callId: string; people: ListedPerson[] } & By
): Promise<void> {
  await db.transaction(async tx => {
    const call = await ownCall(tx, callId, by)
    if (call.seal !== null) throw new Refused({ code: 'sealed_already' })
    await tx.delete(listedPeople).where(eq(listedPeople.callId, callId))
    for (let from = 0; from < people.length; from += 500)
      await tx.insert(listedPeople).values(people.slice(from, from + 500).map(person => ({ callId, ...person })))
    await withdrawAsked(tx, { callId, action: 'opening', at: call.now })
    await remember(tx, {
      callId,
      what: 'call.people_listed',
      about: callId,
      byPerson: by,
      at: call.now,
      facts: { count: people.length },
      values: { people }
    })
  })
}

/** Asks a second person to open a call; they will see exactly what is going to be sealed. */
export async function askOpening(db: Db, { callId, by }: { callId: string } & By): Promise<string> {
  return db.transaction(async tx => {
    const call = await ownCall(tx, callId, by)
    if (call.seal !== null) throw new Refused({ code: 'sealed_already' })
    must(whyNotOpen(call.rules, await aroundCall(tx, call, by)))
    return ask(tx, { callId, action: 'opening', payload: await toSeal(tx, call), by, at: call.now })
  })
}

/** The second person's yes: the rules are sealed, and the call opens when its time has come. */
export async function confirmOpening(db: Db, { confirmationId, by }: { confirmationId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const { call, asked } = await heldConfirmation(tx, confirmationId, 'opening')
    if (asked.givenBy === by) return
    const payload = await give(tx, { confirmationId, by, at: call.now })
    const now = await toSeal(tx, call)
    if (payload.seal !== now.seal || digestOf(payload.listed) !== digestOf(now.listed))
      throw new Refused({ code: 'asked_is_changed' })
    must(whyNotOpen(call.rules, await aroundCall(tx, call, asked.askedBy)))
    const seal = sealOf(call.rules)
    await tx.update(calls).set({ seal }).where(eq(calls.id, call.id))
    await decide(tx, {
      callId: call.id,
      decision: 'opened',
      by: asked.askedBy,
      second: by,
      at: call.now,
      facts: { seal, listed: now.listed, confirmationId }
    })
    await remember(tx, {
      callId: call.id,
      what: 'call.opened',
      about: call.id,
      byPerson: by,
      at: call.now,
      facts: { seal, askedBy: asked.askedBy, listed: now.listed }
    })
  })
}

/** Takes back what was asked and still waits: by whoever asked. */
export async function withdrawRequest(
  db: Db,
  { callId, confirmationId, by }: { callId: string; confirmationId: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const call = await ownCall(tx, callId, by)
    const asked = await confirmationOf(tx, confirmationId)
    if (asked?.callId !== callId || asked.askedBy !== by) throw new Refused({ code: 'not_found' })
    if (asked.givenAt || asked.withdrawnAt) return
    await withdrawAsked(tx, { callId, action: asked.action, at: call.now })
    await remember(tx, {
      callId,
      what: 'confirmation.withdrawn',
      about: confirmationId,
      byPerson: by,
      at: call.now,
      facts: { action: asked.action }
    })
  })
}

/** Asks a second person for other dates after opening; the reason will be public. */
export async function askRuleChange(
  db: Db,
  { callId, rules, reason, by }: { callId: string; rules: CallRules; reason: string } & By
): Promise<string> {
  return db.transaction(async tx => {
    const call = await ownCall(tx, callId, by)
    const after = readable(rules)
    mustHere(call, whyNotChange(call.state, { before: call.rules, after, reason, now: call.now }))
    const payload = { from: call.seal, seal: sealOf(after), rules: after }
    return ask(tx, { callId, action: 'rule_change', payload, reason, by, at: call.now })
  })
}

export async function confirmRuleChange(
  db: Db,
  { confirmationId, by }: { confirmationId: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const { call, asked } = await heldConfirmation(tx, confirmationId, 'rule_change')
    if (asked.givenBy === by) return
    const payload = await give(tx, { confirmationId, by, at: call.now })
    if (payload.from !== call.seal) throw new Refused({ code: 'asked_is_changed' })
    const after = readable(payload.rules as CallRules)
    const { reason } = asked
    mustHere(call, whyNotChange(call.state, { before: call.rules, after, reason, now: call.now }))
    const seal = sealOf(after)
    await tx
      .update(calls)
      .set({ rules: after, seal, version: call.version + 1 })
      .where(eq(calls.id, call.id))
    await tx.insert(ruleChanges).values({
      callId: call.id,
      before: call.rules,
      after,
      seal,
      reason,
      byPerson: asked.askedBy,
      secondPerson: by,
      at: call.now
    })
    await remember(tx, {
      callId: call.id,
      what: 'call.rules_changed',
      about: call.id,
      byPerson: by,
      at: call.now,
      facts: { before: call.seal, seal, askedBy: asked.askedBy },
      values: { reason }
    })
  })
}

/** A later deadline for one applicant, or for all. Those whom it concerns are told by letter; for all, it is public. */
export async function extendDeadline(
  db: Db,
  { callId, personId, until, reason, by }: { callId: string; personId?: string; until: Date; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const call = await ownCall(tx, callId, by)
    if (await isInterested(tx, callId, by)) throw new Refused({ code: 'not_found' })
    const [same] = await tx
      .select({ personId: extensions.personId })
      .from(extensions)
      .where(and(eq(extensions.callId, callId), eq(extensions.until, until), eq(extensions.reason, reason)))
    if (same && same.personId === (personId ?? null)) return
    const deadline = personId ? await deadlineFor(tx, call, personId) : call.life.deadline
    const { reviewingOpensAt } = call.life
    mustHere(
      call,
      whyNotExtend(call.state, {
        until,
        deadline,
        reviewingOpensAt,
        now: call.now,
        reason,
        forOne: personId !== undefined
      })
    )
    const [made] = await tx
      .insert(extensions)
      .values({ callId, personId: personId ?? null, until, reason, byPerson: by, at: call.now })
      .returning({ id: extensions.id })
    if (!made) return
    await tellOfExtension(tx, call, { extensionId: made.id, personId: personId ?? null, until, reason })
    await remember(tx, {
      callId,
      what: 'deadline.extended',
      about: personId ?? callId,
      byPerson: by,
      at: call.now,
      facts: { until: until.toISOString(), forAll: personId === undefined },
      values: { reason }
    })
  })
}

/** What the checklist needs besides the rules: for the person who would ask. */
export async function aroundCall(tx: Tx, call: StandingCall, personId: string): Promise<Around> {
  const [programme] = await tx.select().from(programmes).where(eq(programmes.id, call.programmeId))
  const [listed] = await tx.select({ count: count() }).from(listedPeople).where(eq(listedPeople.callId, call.id))
  return {
    texts: call.texts,
    now: call.now,
    secondPeople: await othersWhoMayConfirm(tx, call.programmeId, personId),
    singlePerson: programme?.singlePersonAt != null,
    listed: listed?.count ?? 0
  }
}

/** Exactly what a second person sees before opening: the rules, their seal, and which list of people it is. */
export async function toSeal(tx: Tx, call: StandingCall) {
  const people = call.rules.applicants.who === 'listed' ? await listedFor(tx, call.id) : []
  return {
    seal: sealOf(call.rules),
    rules: call.rules,
    listed: { count: people.length, digest: listDigest(people) }
  }
}

async function ownCall(tx: Tx, callId: string, by: string): Promise<StandingCall> {
  const call = await lockedCall(tx, callId)
  if (!call || !(await organiserOf(tx, by, call))) throw new Refused({ code: 'not_found' })
  return call
}

/** Times in a refusal are told in the call's zone. */
const mustHere = (call: StandingCall, whyNot: ReturnType<typeof whyNotIn>) =>
  must(whyNot && { ...whyNot, zone: call.rules.zone })

/** Rules in their one written form; what cannot be read as rules is refused with the place of the trouble. */
function readable(rules: CallRules): CallRules {
  const read = callRules.safeParse(rules)
  if (read.success) return read.data
  throw new Refused({ code: 'rules_unreadable', at: read.error.issues[0]?.path.join('.') ?? '' })
}
