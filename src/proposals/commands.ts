import { randomBytes } from 'node:crypto'
import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { organiserOf } from '../accounts/queries.ts'
import { people } from '../accounts/tables.ts'
import { attachments } from '../attachments/tables.ts'
import { whyNotIn, whyNotInTime } from '../calls/lifecycle.ts'
import { deadlineFor, type StandingCall, steadyCall } from '../calls/queries.ts'
import { digestOf } from '../calls/rules.ts'
import { listedPeople } from '../calls/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { Mistaken, must, type Refusal, Refused } from '../refusal.ts'
import type { Answers } from './answers.ts'
import { problemsIn } from './completeness.ts'
import { type Arrival, whyNotReceive, whyNotSubmitNow } from './deadline.ts'
import { writeReceipt } from './letters.ts'
import { NUMBER_BYTES, shortNumber } from './number.ts'
import { attachedTo, lockedProposalOf, type Proposal, standingVersion, type Version, WRITING } from './queries.ts'
import { receiptDigest } from './receipt.ts'
import { type Applicant, proposals, screenings, versions } from './tables.ts'

type By = { by: string }

/** Times in a refusal are told in the call's zone. */
const inCallZone = (call: StandingCall, whyNot: Refusal | null) => must(whyNot && { ...whyNot, zone: call.rules.zone })

/** Begins a draft, or finds the one that this person has: one proposal per person and call. */
export async function beginProposal(db: Db, { callId, by }: { callId: string } & By): Promise<string> {
  return db.transaction(async tx => {
    const call = await steady(tx, callId)
    must(whyNotIn(call.state, ['open']))
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`proposal:${callId}:${by}`}, 0))`)
    const [own] = await tx
      .select({ id: proposals.id })
      .from(proposals)
      .where(and(eq(proposals.callId, callId), eq(proposals.applicantId, by), isNull(proposals.withdrawnAt)))
    if (own) return own.id
    await profileFromList(tx, call, by)
    const [made] = await tx
      .insert(proposals)
      .values({ callId, applicantId: by, draft: {}, draftSavedAt: call.now, madeAt: call.now })
      .returning({ id: proposals.id })
    if (!made) throw new Refused({ code: 'not_found' })
    await remember(tx, { callId, what: 'proposal.begun', about: made.id, byPerson: by, at: call.now })
    return made.id
  })
}

/** Where a call is for listed people, only they may begin, and what the list knows of them fills their empty profile. */
async function profileFromList(tx: Tx, call: StandingCall, personId: string): Promise<void> {
  if (call.rules.applicants.who !== 'listed') return
  const [person] = await tx.select().from(people).where(eq(people.id, personId))
  const [listed] = await tx
    .select()
    .from(listedPeople)
    .where(and(eq(listedPeople.callId, call.id), eq(listedPeople.email, person?.email ?? '')))
  if (!person || !listed) throw new Refused({ code: 'not_listed' })
  const keep = (own: string, known: string) => own || known
  await tx
    .update(people)
    .set({
      nameLatin: keep(person.nameLatin, listed.nameLatin),
      institution: keep(person.institution, listed.institution),
      institutionEn: keep(person.institutionEn, listed.institutionEn),
      city: keep(person.city, listed.city),
      cityLatin: keep(person.cityLatin, listed.cityLatin),
      country: keep(person.country, listed.country)
    })
    .where(eq(people.id, personId))
}

export type Saved = { version: number; savedAt: Date }

/**
 * Keeps what was typed. `version` is the one the page was filled from: where another tab or device has saved since, the
 * save is refused with both texts (`stale_draft`) and nothing is overwritten.
 */
export async function saveDraft(
  db: Db,
  { proposalId, version, answers, by }: { proposalId: string; version?: number; answers: Answers } & By
): Promise<Saved> {
  return db.transaction(async tx => {
    const { proposal, now } = await writable(tx, proposalId, by)
    if (version !== undefined && version !== proposal.draftVersion) {
      throw new Refused({ code: 'stale_draft', yours: answers, theirs: proposal.draft, version: proposal.draftVersion })
    }
    const saved = { version: proposal.draftVersion + 1, savedAt: now }
    await tx
      .update(proposals)
      .set({ draft: { ...proposal.draft, ...answers }, draftVersion: saved.version, draftSavedAt: now })
      .where(eq(proposals.id, proposalId))
    return saved
  })
}

export type ReceivedFile = { key: string; name: string; mime: string; bytes: number; sha256: string }

/**
 * Names a file whose bytes are already safe in the store. `beganAt` is when its transfer began (deciding time): one
 * that began before the deadline may finish within the grace of the sealed rules.
 */
export async function addAttachment(
  db: Db,
  {
    proposalId,
    field,
    file,
    beganAt,
    by
  }: { proposalId: string; field: string; file: ReceivedFile; beganAt?: Date } & By
): Promise<string> {
  return db.transaction(async tx => {
    const proposal = await lockedProposalOf(tx, by, proposalId)
    if (!proposal || proposal.withdrawnAt) throw new Refused({ code: 'not_found' })
    const call = await steady(tx, proposal.callId)
    inCallZone(
      call,
      whyNotReceive(await deadlineFor(tx, call, by), call.rules.graceMinutes, {
        now: call.now,
        beganAt: beganAt ?? call.now
      })
    )
    must(whyNotIn(call.state, WRITING))
    const rule = call.rules.form.sections.flatMap(({ fields }) => fields).find(({ id }) => id === field)
    if (rule?.type !== 'file') throw new Refused({ code: 'not_found' })
    const there = (await attachedTo(tx, proposalId)).filter(attachment => attachment.field === field)
    const same = there.find(({ sha256, name }) => sha256 === file.sha256 && name === file.name)
    if (same) return same.id
    if (there.length >= rule.maxFiles) throw new Mistaken([{ field, code: 'too_many_files', most: rule.maxFiles }])
    const [added] = await tx
      .insert(attachments)
      .values({
        proposalId,
        field,
        name: file.name,
        mime: file.mime,
        bytes: file.bytes,
        sha256: file.sha256,
        storageKey: file.key,
        byPerson: by,
        receivedAt: call.now
      })
      .returning({ id: attachments.id })
    await tx.update(proposals).set({ draftSavedAt: call.now }).where(eq(proposals.id, proposalId))
    return added?.id ?? ''
  })
}

/** Takes a file out of the draft. A version that was submitted with it still has it. */
export async function removeAttachment(db: Db, { attachmentId, by }: { attachmentId: string } & By): Promise<void> {
  await db.transaction(async tx => {
    const [attachment] = await tx.select().from(attachments).where(eq(attachments.id, attachmentId))
    if (!attachment) throw new Refused({ code: 'not_found' })
    const { now } = await writable(tx, attachment.proposalId, by)
    await tx
      .update(attachments)
      .set({ removedAt: now })
      .where(and(eq(attachments.id, attachmentId), isNull(attachments.removedAt)))
  })
}

export type Receipt = { number: string; submittedAt: Date; digest: string; versionId: string }

/**
 * Freezes the draft as a version. The same content sent twice is one version and one receipt. `number` is for imports,
 * which keep theirs. `arrivedAt`: when the head of the request was read (deciding time).
 */
export async function submitProposal(
  db: Db,
  { proposalId, by, arrivedAt, number }: { proposalId: string; arrivedAt?: Date; number?: string } & By
): Promise<Receipt> {
  return db.transaction(async tx => {
    const proposal = await lockedProposalOf(tx, by, proposalId)
    if (!proposal || proposal.withdrawnAt) throw new Refused({ code: 'not_found' })
    const call = await steady(tx, proposal.callId)
    const files = await attachedTo(tx, proposalId)
    const frozen = files.map(({ id, field, name, mime, bytes, sha256 }) => ({
      attachmentId: id,
      field,
      name,
      mime,
      bytes,
      sha256
    }))
    const applicant = await applicantOf(tx, by)
    const standing = await standingVersion(tx, proposalId)
    if (standing && sameContent(standing, proposal.draft, frozen, applicant)) {
      return {
        number: proposal.number ?? '',
        submittedAt: standing.submittedAt,
        digest: standing.digest,
        versionId: standing.id
      }
    }
    const deadline = await deadlineFor(tx, call, by)
    inCallZone(call, whyNotSubmitNow(deadline, arrivalOf(call, deadline, files, arrivedAt)))
    must(whyNotIn(call.state, WRITING))
    const problems = problemsIn(call.rules.form, proposal.draft, countByField(files))
    if (problems.length > 0) throw new Refused({ code: 'incomplete', problems, status: 422 })
    await oneInstitution(tx, call, applicant, proposalId)

    const given = proposal.number ?? number ?? (await freeNumber(tx, call.id))
    const digest = receiptDigest({
      call: call.slug,
      number: given,
      submittedAt: call.now.toISOString(),
      answers: proposal.draft,
      files: frozen
    })
    await tx.update(proposals).set({ number: given }).where(eq(proposals.id, proposalId))
    const [version] = await tx
      .insert(versions)
      .values({
        proposalId,
        position: (standing?.position ?? 0) + 1,
        submittedAt: call.now,
        byPerson: by,
        answers: proposal.draft,
        applicant,
        files: frozen,
        digest
      })
      .returning()
    if (!version) throw new Refused({ code: 'not_found' })
    await writeReceipt(tx, { call, number: given, version, personId: by })
    await remember(tx, {
      callId: call.id,
      what: 'proposal.submitted',
      about: proposalId,
      byPerson: by,
      at: call.now,
      facts: { number: given, version: version.position, digest, files: frozen.length }
    })
    return { number: given, submittedAt: call.now, digest, versionId: version.id }
  })
}

function arrivalOf(
  call: StandingCall,
  deadline: Date,
  files: { receivedAt: Date }[],
  arrivedAt: Date | undefined
): Arrival {
  const lastFile = Math.max(0, ...files.map(({ receivedAt }) => receivedAt.getTime()))
  const grace = new Date(deadline.getTime() + call.rules.graceMinutes * 60_000)
  return {
    now: call.now,
    arrivedAt: arrivedAt ?? call.now,
    transfersUntil: lastFile > deadline.getTime() ? grace : null
  }
}

/** Takes the proposal out of the competition. It stays readable for its applicant and counts for nothing. */
export async function withdrawProposal(
  db: Db,
  { proposalId, reason, by }: { proposalId: string; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const proposal = await lockedProposalOf(tx, by, proposalId)
    if (!proposal) throw new Refused({ code: 'not_found' })
    if (proposal.withdrawnAt) return
    const call = await steady(tx, proposal.callId)
    must(whyNotIn(call.state, ['open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing', 'panel']))
    await tx
      .update(proposals)
      .set({ withdrawnAt: call.now, withdrawalReason: reason })
      .where(eq(proposals.id, proposalId))
    await remember(tx, {
      callId: call.id,
      what: 'proposal.withdrawn',
      about: proposalId,
      byPerson: by,
      at: call.now,
      values: { reason }
    })
  })
}

/** An organiser lets a submitted proposal through to the jury, or refuses it with a reason. Said again the same way it changes nothing. */
export async function screenProposal(
  db: Db,
  { proposalId, outcome, reason, by }: { proposalId: string; outcome: 'eligible' | 'refused'; reason: string } & By
): Promise<void> {
  await db.transaction(async tx => {
    const [proposal] = await tx.select().from(proposals).where(eq(proposals.id, proposalId)).for('update')
    const call = proposal && (await steadyCall(tx, proposal.callId))
    if (!proposal || !call || !(await organiserOf(tx, by, call)) || (await appliedTo(tx, call.id, by)))
      throw new Refused({ code: 'not_found' })
    must(whyNotIn(call.state, ['screening']))
    if (proposal.withdrawnAt || !(await standingVersion(tx, proposalId))) throw new Refused({ code: 'not_submitted' })
    if (outcome === 'refused' && reason.trim() === '') throw new Refused({ code: 'reason_missing', status: 422 })
    const [last] = await tx
      .select()
      .from(screenings)
      .where(eq(screenings.proposalId, proposalId))
      .orderBy(sql`${screenings.at} desc`)
      .limit(1)
    if (last?.outcome === outcome && last.reason === reason) return
    await tx.insert(screenings).values({ proposalId, outcome, reason, byPerson: by, at: call.now })
    await remember(tx, {
      callId: call.id,
      what: `proposal.screened`,
      about: proposalId,
      byPerson: by,
      at: call.now,
      facts: { outcome },
      values: { reason }
    })
  })
}

/** An organiser who applied here judges nobody who applied beside them. */
async function appliedTo(tx: Tx, callId: string, personId: string): Promise<boolean> {
  const [own] = await tx
    .select({ id: proposals.id })
    .from(proposals)
    .where(and(eq(proposals.callId, callId), eq(proposals.applicantId, personId), isNull(proposals.withdrawnAt)))
    .limit(1)
  return own !== undefined
}

async function steady(tx: Tx, callId: string): Promise<StandingCall> {
  const call = await steadyCall(tx, callId)
  if (!call) throw new Refused({ code: 'not_found' })
  return call
}

/** The person's own proposal, locked, while the draft may still change. */
async function writable(tx: Tx, proposalId: string, by: string): Promise<{ proposal: Proposal; now: Date }> {
  const proposal = await lockedProposalOf(tx, by, proposalId)
  if (!proposal || proposal.withdrawnAt) throw new Refused({ code: 'not_found' })
  const call = await steady(tx, proposal.callId)
  inCallZone(call, whyNotInTime(await deadlineFor(tx, call, by), call.now))
  must(whyNotIn(call.state, WRITING))
  return { proposal, now: call.now }
}

async function applicantOf(tx: Tx, personId: string): Promise<Applicant> {
  const [person] = await tx.select().from(people).where(eq(people.id, personId))
  if (!person) throw new Refused({ code: 'not_found' })
  const { name, nameLatin, email, institution, institutionEn, city, cityLatin, country } = person
  return { name, nameLatin, email, institution, institutionEn, city, cityLatin, country }
}

async function oneInstitution(tx: Tx, call: StandingCall, applicant: Applicant, proposalId: string): Promise<void> {
  if (!call.rules.applicants.onePerInstitution || applicant.institution === '') return
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`institution:${call.id}:${applicant.institution}`}, 0))`
  )
  const [other] = await tx
    .select({ id: proposals.id })
    .from(proposals)
    .innerJoin(versions, eq(versions.proposalId, proposals.id))
    .where(
      and(
        eq(proposals.callId, call.id),
        isNull(proposals.withdrawnAt),
        ne(proposals.id, proposalId),
        sql`${versions.applicant} ->> 'institution' = ${applicant.institution}`,
        sql`${versions.applicant} ->> 'country' = ${applicant.country}`
      )
    )
    .limit(1)
  if (other) throw new Refused({ code: 'institution_has_one' })
}

/** A number that no proposal of the call has. Two at the same moment: the unique index refuses one, which is then tried anew by its person. */
async function freeNumber(tx: Tx, callId: string): Promise<string> {
  for (;;) {
    const number = shortNumber(randomBytes(NUMBER_BYTES))
    const [taken] = await tx
      .select({ id: proposals.id })
      .from(proposals)
      .where(and(eq(proposals.callId, callId), eq(proposals.number, number)))
    if (!taken) return number
  }
}

export function countByField(files: { field: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { field } of files) counts[field] = (counts[field] ?? 0) + 1
  return counts
}

function sameContent(standing: Version, answers: Answers, files: unknown[], applicant: Applicant): boolean {
  return digestOf([standing.answers, standing.files, standing.applicant]) === digestOf([answers, files, applicant])
}
