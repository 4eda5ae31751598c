import { eq } from 'drizzle-orm'
import type { Db } from '../db/connect.ts'
import { submittedTo } from '../proposals/queries.ts'
import { proposals } from '../proposals/tables.ts'
import { attachments } from './tables.ts'

export type Attachment = typeof attachments.$inferSelect

/** The file of somebody's own proposal, taken out of the draft or not. */
export async function ownAttachment(db: Db, personId: string, attachmentId: string): Promise<Attachment | null> {
  const [found] = await db
    .select({ attachment: attachments, applicantId: proposals.applicantId })
    .from(attachments)
    .innerJoin(proposals, eq(attachments.proposalId, proposals.id))
    .where(eq(attachments.id, attachmentId))
  return found?.applicantId === personId ? found.attachment : null
}

export type SubmittedFile = { attachment: Attachment; number: string; place: number }

/**
 * A file as part of the version that stands, with the proposal's number and its place among the files of its field.
 * What is in a draft only, or in a version that was replaced, is for its applicant alone.
 */
export async function submittedAttachment(db: Db, callId: string, attachmentId: string): Promise<SubmittedFile | null> {
  const [attachment] = await db.select().from(attachments).where(eq(attachments.id, attachmentId))
  if (!attachment) return null
  const [submitted] = await submittedTo(db, callId, [attachment.proposalId])
  const beside = submitted?.version.files.filter(({ field }) => field === attachment.field) ?? []
  const place = beside.findIndex(file => file.attachmentId === attachmentId)
  return submitted && place >= 0 ? { attachment, number: submitted.number, place } : null
}
