import { and, desc, eq, isNull } from 'drizzle-orm'
import { statesFrom } from '../calls/lifecycle.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { standsAside } from '../panel/conflict.ts'
import { jurorsOf, standingDeclarations } from '../panel/queries.ts'
import { eligibleFor, type Submitted, submittedTo } from '../proposals/queries.ts'
import { proposals } from '../proposals/tables.ts'
import { countedReviews, setAsideFrom } from '../reviews/queries.ts'
import { collected } from './collecting.ts'
import { type RankInput, rankInput } from './input.ts'
import { type Ranking, rankingOf } from './ranking.ts'
import { rankings } from './tables.ts'

export type Run = typeof rankings.$inferSelect

/** The runs of a call, the newest first. */
export async function runsOf(db: Db | Tx, callId: string): Promise<Run[]> {
  return db.select().from(rankings).where(eq(rankings.callId, callId)).orderBy(desc(rankings.position))
}

export async function runWith(db: Db | Tx, rankingId: string): Promise<Run | null> {
  const [run] = await db.select().from(rankings).where(eq(rankings.id, rankingId))
  return run ?? null
}

/** A frozen run computed again from its own input: the same bytes as when it was frozen, with the exact figures beside. */
export function recomputed({ input, parameters, software }: Run): Ranking {
  return rankingOf(rankInput(input), {
    version: software,
    ...(parameters.draw ? { draw: { seal: parameters.draw.seal, publicValue: parameters.draw.public } } : {})
  })
}

/** Everything a ranking of this call follows from, as it stands now. */
export async function inputOf(db: Db | Tx, call: StandingCall): Promise<{ input: RankInput; eligible: Submitted[] }> {
  const [eligible, reviews, jurors, declared] = [
    await eligibleFor(db, call.id),
    await countedReviews(db, call.id),
    await jurorsOf(db, call.id),
    await standingDeclarations(db, call.id)
  ]
  const numberOf = new Map(eligible.map(({ id, number }) => [id, number]))
  const labelOf = new Map(jurors.map(({ id, label }) => [id, label]))
  const named = ({ proposalId, jurorId }: { proposalId: string; jurorId: string }) => {
    const [proposal, juror] = [numberOf.get(proposalId), labelOf.get(jurorId)]
    return proposal !== undefined && juror !== undefined ? { proposal, juror } : null
  }
  const counted = reviews.flatMap(review => {
    const names = named(review)
    return names ? [{ ...names, units: review.scores }] : []
  })
  // A recusal of a juror who scored nothing at all says nothing to the ranking, and the list of jurors leaves them out.
  const scorers = new Set(counted.map(({ juror }) => juror))
  const recusals = declared
    .filter(standsAside)
    .map(named)
    .filter(pair => pair !== null)
    .filter(({ juror }) => scorers.has(juror))
  const subjects = eligible.map(({ number, version }) => ({
    number,
    answers: version.answers,
    country: version.applicant.country,
    institution: version.applicant.institution,
    submittedAt: version.submittedAt.toISOString()
  }))
  return { input: rankInput(collected(call.rules, subjects, counted, recusals)), eligible }
}

/**
 * The ranking as a person of the team may read it: without the rows, ties, prices and warnings that tell of proposals from
 * which they stand aside as a juror. What was decided stays as it is. `hidden` are their numbers.
 */
export async function shownTo(
  db: Db | Tx,
  personId: string,
  { call, ranking, submitted }: { call: StandingCall; ranking: Ranking; submitted: readonly Submitted[] }
): Promise<{ ranking: Ranking; hidden: ReadonlySet<string> }> {
  const aside = await hiddenFrom(db, personId, call)
  const hidden = new Set(submitted.filter(({ id }) => aside.has(id)).map(({ number }) => number))
  if (hidden.size === 0) return { ranking, hidden }
  const { sheet, result } = ranking
  const { selection } = result
  const silent = (ids: readonly string[]) => !ids.some(id => hidden.has(id))
  return {
    hidden,
    ranking: {
      ...ranking,
      sheet: sheet.filter(({ id }) => !hidden.has(id)),
      result: {
        ...result,
        ties: result.ties.filter(({ proposals }) => silent(proposals)),
        warnings: result.warnings.filter(warning => !('proposal' in warning) || !hidden.has(warning.proposal)),
        selection: {
          ...selection,
          tied: selection.tied.filter(id => !hidden.has(id)),
          limits: selection.limits.filter(({ price }) => silent([...price.in, ...price.out]))
        }
      }
    }
  }
}

/** What a person of the team stands aside from, until publication. */
export async function hiddenFrom(db: Db | Tx, personId: string, call: StandingCall): Promise<ReadonlySet<string>> {
  return statesFrom('final').includes(call.state) ? new Set() : setAsideFrom(db, personId, call)
}

/** The same by number, of those that were submitted. */
export async function hiddenNumbers(db: Db | Tx, personId: string, call: StandingCall): Promise<ReadonlySet<string>> {
  const aside = await hiddenFrom(db, personId, call)
  if (aside.size === 0) return new Set()
  return new Set((await submittedTo(db, call.id, [...aside])).map(({ number }) => number))
}

/** Whether a person has a proposal in the call: such a member of the team sees nothing of its ranking until publication. */
export async function isInterested(db: Db | Tx, callId: string, personId: string): Promise<boolean> {
  const [own] = await db
    .select({ id: proposals.id })
    .from(proposals)
    .where(and(eq(proposals.callId, callId), eq(proposals.applicantId, personId), isNull(proposals.withdrawnAt)))
  return own !== undefined
}
