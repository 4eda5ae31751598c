import { and, desc, eq, isNotNull, isNull, lte } from 'drizzle-orm'
import { awardsOf } from '../awards/queries.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { chainOf } from '../history/queries.ts'
import { submittedTo } from '../proposals/queries.ts'
import { inputHash } from '../ranking/input.ts'
import { type Run, recomputed, runWith } from '../ranking/queries.ts'
import { setAsideFrom, submittedReviews } from '../reviews/queries.ts'
import type { AuditorsBundle, Label } from './bundle.ts'
import { type Content, publicContent } from './content.ts'
import { type Frozen, makeAuditorsBundle } from './making.ts'
import { publicInput } from './revealing.ts'
import { bundleLabels, publications } from './tables.ts'

export type Publication = typeof publications.$inferSelect

/** What the public may see of a call at `now`: nothing before the minute. Corrections stand beside the original. */
export async function visibleOf(db: Db | Tx, callId: string, now: Date): Promise<Publication[]> {
  return db
    .select()
    .from(publications)
    .where(and(eq(publications.callId, callId), lte(publications.visibleAt, now), isNull(publications.takenBackAt)))
    .orderBy(desc(publications.visibleAt))
}

/**
 * What would be published, from the signed decision; null before sign-off. `inputHash` is of the bundle's input, and empty
 * before its labels were drawn.
 */
export async function contentOf(
  db: Db | Tx,
  call: StandingCall
): Promise<{ content: Content; inputHash: string; run: Run } | null> {
  const decided = await awardsOf(db, call.id)
  const run = decided[0] && (await runWith(db, decided[0].rankingId))
  if (!run) return null
  const numberOf = new Map(
    (
      await submittedTo(
        db,
        call.id,
        decided.map(({ proposalId }) => proposalId)
      )
    ).map(({ id, number, version }) => [id, { number, version }])
  )
  const subjects = [...numberOf.values()].map(({ number, version }) => ({
    number,
    answers: version.answers,
    applicant: version.applicant
  }))
  const amounts = new Map(
    decided.flatMap(({ proposalId, amountCents }) =>
      amountCents === null ? [] : [[numberOf.get(proposalId)?.number ?? '', amountCents] as const]
    )
  )
  const ranking = recomputed(run)
  const labels = await labelsOf(db, run.id)
  const notCounted = (await submittedReviews(db, call.id)).filter(({ counts }) => !counts).length
  return {
    content: publicContent(call.slug, call.rules, { ranking, subjects, amounts, notCounted }),
    inputHash: labels ? inputHash(publicInput(ranking, labels)) : '',
    run
  }
}

/** Everything two people have agreed to publish, visible already or not, the newest first. */
export async function publicationsOf(db: Db | Tx, callId: string): Promise<Publication[]> {
  return db
    .select()
    .from(publications)
    .where(and(eq(publications.callId, callId), isNull(publications.takenBackAt)))
    .orderBy(desc(publications.at))
}

/** The labels drawn for a run; null before they are. */
export async function labelsOf(db: Db | Tx, rankingId: string): Promise<Label[] | null> {
  const [drawn] = await db.select().from(bundleLabels).where(eq(bundleLabels.rankingId, rankingId))
  return drawn?.labels ?? null
}

/** What a bundle is made of. */
export function frozenFrom(
  call: Pick<StandingCall, 'slug' | 'seal' | 'rules'>,
  run: Run,
  { labels, historyHead }: { labels: readonly Label[]; historyHead: string }
): Frozen {
  return {
    call: call.slug,
    seal: call.seal ?? '',
    rules: call.rules,
    software: run.software,
    draw: run.parameters.draw ?? null,
    ranking: recomputed(run),
    labels,
    historyHead
  }
}

/**
 * The auditor's bundle for somebody of the team. It holds what every juror gave to every proposal, so whoever applied to
 * the call, or stands aside from a proposal, has no part in it, also once the results are public.
 */
export async function auditorsBundleFor(db: Db, personId: string, call: StandingCall): Promise<AuditorsBundle | null> {
  return (await mayAudit(db, personId, call)) ? auditorsBundleOf(db, call) : null
}

export async function mayAudit(db: Db, personId: string, call: StandingCall): Promise<boolean> {
  return (await setAsideFrom(db, personId, call)).size === 0
}

/** The auditor's bundle of what was last published, made again from what is frozen; null where nothing was. */
export async function auditorsBundleOf(db: Db | Tx, call: StandingCall): Promise<AuditorsBundle | null> {
  const [published] = await db
    .select()
    .from(publications)
    .where(and(eq(publications.callId, call.id), isNull(publications.takenBackAt), isNotNull(publications.bundle)))
    .orderBy(desc(publications.at))
    .limit(1)
  const run = published?.rankingId ? await runWith(db, published.rankingId) : null
  const labels = run && (await labelsOf(db, run.id))
  if (!published || !run || !labels) return null
  // The rules as they stood then: a later change has another seal.
  const { rules, seal } = published.bundle as Pick<AuditorsBundle, 'rules' | 'seal'>
  const entries = await chainOf(db, call.id)
  const end = entries.findIndex(({ hash }) => hash === published.historyHead)
  return makeAuditorsBundle(
    frozenFrom({ slug: call.slug, rules, seal }, run, { labels, historyHead: published.historyHead }),
    entries.slice(0, end + 1)
  )
}
