import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { attachments } from '../attachments/tables.ts'
import type { State } from '../calls/lifecycle.ts'
import { deadlineFor, type StandingCall, standingCalls } from '../calls/queries.ts'
import { extensions } from '../calls/tables.ts'
import type { Db, Tx } from '../db/connect.ts'
import { proposals, screenings, versions } from './tables.ts'

export type Proposal = typeof proposals.$inferSelect
export type Version = typeof versions.$inferSelect
export type Attachment = typeof attachments.$inferSelect

/** The proposal, if it is this person's. Somebody else's and one that never was look the same. */
export async function proposalOf(db: Db | Tx, personId: string, proposalId: string): Promise<Proposal | null> {
  const [proposal] = await db
    .select()
    .from(proposals)
    .where(and(eq(proposals.id, proposalId), eq(proposals.applicantId, personId)))
  return proposal ?? null
}

/** The same, locked until the transaction ends. */
export async function lockedProposalOf(tx: Tx, personId: string, proposalId: string): Promise<Proposal | null> {
  const [proposal] = await tx
    .select()
    .from(proposals)
    .where(and(eq(proposals.id, proposalId), eq(proposals.applicantId, personId)))
    .for('update')
  return proposal ?? null
}

export async function proposalsOf(db: Db | Tx, personId: string): Promise<Proposal[]> {
  return db.select().from(proposals).where(eq(proposals.applicantId, personId)).orderBy(desc(proposals.madeAt))
}

/** The version that stands: the last one submitted. */
export async function standingVersion(db: Db | Tx, proposalId: string): Promise<Version | null> {
  const [version] = await db
    .select()
    .from(versions)
    .where(eq(versions.proposalId, proposalId))
    .orderBy(desc(versions.position))
    .limit(1)
  return version ?? null
}

export async function versionsOf(db: Db | Tx, proposalId: string): Promise<Version[]> {
  return db.select().from(versions).where(eq(versions.proposalId, proposalId)).orderBy(asc(versions.position))
}

/** What is attached to the draft now, in order of arrival. */
export async function attachedTo(db: Db | Tx, proposalId: string): Promise<Attachment[]> {
  return db
    .select()
    .from(attachments)
    .where(and(eq(attachments.proposalId, proposalId), isNull(attachments.removedAt)))
    .orderBy(asc(attachments.receivedAt))
}

/** Somebody's own proposal with all that its pages say: the draft, its files, what stands, and until when it may change. */
export type Application = {
  call: StandingCall
  proposal: Proposal
  files: Attachment[]
  standing: Version | null
  deadline: Date
  /** The draft may still change. */
  writable: boolean
}

export async function applicationOf(
  db: Db | Tx,
  personId: string,
  proposalId: string,
  call: StandingCall
): Promise<Application | null> {
  const [proposal, files, standing, deadline] = await Promise.all([
    proposalOf(db, personId, proposalId),
    attachedTo(db, proposalId),
    standingVersion(db, proposalId),
    deadlineFor(db, call, personId)
  ])
  if (!proposal || proposal.callId !== call.id) return null
  const inTime = call.now.getTime() <= deadline.getTime() && WRITING.includes(call.state)
  return { call, proposal, files, standing, deadline, writable: inTime && proposal.withdrawnAt === null }
}

export type OwnProposal = { proposal: Proposal; call: StandingCall; submittedAt: Date | null; deadline: Date }

/** Everything that somebody has begun, with its call and until when it may change; so many queries however many they are. */
export async function ownProposalsOf(db: Db | Tx, personId: string): Promise<OwnProposal[]> {
  const [own, sealed, submitted, later] = await Promise.all([
    proposalsOf(db, personId),
    standingCalls(db, 'sealed'),
    db
      .select({ proposalId: versions.proposalId, at: sql<string>`max(${versions.submittedAt})` })
      .from(versions)
      .innerJoin(proposals, eq(versions.proposalId, proposals.id))
      .where(eq(proposals.applicantId, personId))
      .groupBy(versions.proposalId),
    db
      .select({ callId: extensions.callId, until: sql<string>`max(${extensions.until})` })
      .from(extensions)
      .where(eq(extensions.personId, personId))
      .groupBy(extensions.callId)
  ])
  return own.flatMap(proposal => {
    const call = sealed.find(({ id }) => id === proposal.callId)
    if (!call) return []
    const at = submitted.find(({ proposalId }) => proposalId === proposal.id)?.at
    const extended = later.find(({ callId }) => callId === call.id)?.until
    const deadline = new Date(Math.max(call.life.deadline.getTime(), extended ? new Date(extended).getTime() : 0))
    return [{ proposal, call, submittedAt: at ? new Date(at) : null, deadline }]
  })
}

/** Whoever has a later deadline of their own may still write while the others are being screened. */
export const WRITING: readonly State[] = ['open', 'closed', 'screening']

/** A submitted proposal as everybody after the applicant meets it: its number and the version that stands. */
export type Submitted = {
  id: string
  number: string
  applicantId: string
  version: Version
  screening: 'eligible' | 'refused' | null
  screeningReason: string
}

/**
 * The submitted, not withdrawn proposals of a call, each with its standing version and last screening, by number. Pass
 * ids to ask for some of them. Drafts are never among them.
 */
export async function submittedTo(db: Db | Tx, callId: string, ids?: string[]): Promise<Submitted[]> {
  if (ids?.length === 0) return []
  const standing = db
    .selectDistinctOn([versions.proposalId])
    .from(versions)
    .where(ids ? inArray(versions.proposalId, ids) : undefined)
    .orderBy(versions.proposalId, desc(versions.position))
    .as('standing')
  const screened = db
    .selectDistinctOn([screenings.proposalId])
    .from(screenings)
    .where(ids ? inArray(screenings.proposalId, ids) : undefined)
    .orderBy(screenings.proposalId, desc(screenings.at))
    .as('screened')
  const rows = await db
    .select({
      id: proposals.id,
      number: proposals.number,
      applicantId: proposals.applicantId,
      version: {
        id: standing.id,
        proposalId: standing.proposalId,
        position: standing.position,
        submittedAt: standing.submittedAt,
        byPerson: standing.byPerson,
        answers: standing.answers,
        applicant: standing.applicant,
        files: standing.files,
        digest: standing.digest
      },
      screening: screened.outcome,
      screeningReason: screened.reason
    })
    .from(proposals)
    .innerJoin(standing, eq(standing.proposalId, proposals.id))
    .leftJoin(screened, eq(screened.proposalId, proposals.id))
    .where(
      and(eq(proposals.callId, callId), isNull(proposals.withdrawnAt), ids ? inArray(proposals.id, ids) : undefined)
    )
    .orderBy(sql`${proposals.number} collate "C"`)
  return rows.map(row => ({ ...row, number: row.number ?? '', screeningReason: row.screeningReason ?? '' }))
}

/** Those of them that screening let through: what jurors judge. */
export async function eligibleFor(db: Db | Tx, callId: string): Promise<Submitted[]> {
  return (await submittedTo(db, callId)).filter(({ screening }) => screening === 'eligible')
}
