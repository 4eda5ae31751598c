import { and, eq, isNull, notExists, sql } from 'drizzle-orm'
import { attachments } from '../attachments/tables.ts'
import { statesFrom } from '../calls/lifecycle.ts'
import { callAt, deadlineFor, type StandingCall, steadyCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { isEmptyDraft } from './completeness.ts'
import { proposals, versions } from './tables.ts'

/**
 * Deletes drafts in which nobody wrote anything, once nobody can go on with them: after the deadline and the screening,
 * until whose end a later deadline may still be given. Answers how many.
 */
export async function sweepDrafts({ db }: { db: Db }): Promise<number> {
  const empty = (await neverSubmitted(db)).filter(({ draft }) => isEmptyDraft(draft))
  const over = new Map<string, boolean>()
  for (const callId of new Set(empty.map(({ callId }) => callId))) {
    const call = await callAt(db, callId)
    over.set(callId, call !== null && isOver(call))
  }
  let removed = 0
  for (const { id, callId } of empty) if (over.get(callId) && (await removeDraft(db, id, callId))) removed += 1
  return removed
}

const isOver = ({ state }: StandingCall) => statesFrom('declaring').includes(state)

async function removeDraft(db: Db, proposalId: string, callId: string): Promise<boolean> {
  return db.transaction(async tx => {
    const call = await steadyCall(tx, callId)
    await tx.select({ id: proposals.id }).from(proposals).where(eq(proposals.id, proposalId)).for('update')
    // Looked at again under its lock: somebody may have written meanwhile.
    const [draft] = await neverSubmitted(tx, proposalId)
    if (!call || !isOver(call) || !draft || !isEmptyDraft(draft.draft)) return false
    if (call.now <= (await deadlineFor(tx, call, draft.applicantId))) return false
    await tx.delete(attachments).where(eq(attachments.proposalId, proposalId))
    await tx.delete(proposals).where(eq(proposals.id, proposalId))
    await remember(tx, { callId, what: 'draft.deleted', about: proposalId, byPerson: null, at: call.now })
    return true
  })
}

/** Drafts without a submission and without a file. */
function neverSubmitted(db: Db | Tx, proposalId?: string) {
  return db
    .select()
    .from(proposals)
    .where(
      and(
        proposalId ? eq(proposals.id, proposalId) : undefined,
        notExists(db.select({ one: sql`1` }).from(versions).where(eq(versions.proposalId, proposals.id))),
        notExists(
          db
            .select({ one: sql`1` })
            .from(attachments)
            .where(and(eq(attachments.proposalId, proposals.id), isNull(attachments.removedAt)))
        )
      )
    )
}
