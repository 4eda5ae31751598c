import { and, desc, eq, getTableColumns, isNull } from 'drizzle-orm'
import { statesFrom } from '../calls/lifecycle.ts'
import type { StandingCall } from '../calls/queries.ts'
import type { Db, Tx } from '../db/connect.ts'
import { headOf } from '../history/queries.ts'
import { standsAside } from '../panel/conflict.ts'
import { jurorsOf, standingDeclarations } from '../panel/queries.ts'
import { eligibleFor, type Submitted, submittedTo } from '../proposals/queries.ts'
import { proposals } from '../proposals/tables.ts'
import { countedReviews, setAsideFrom } from '../reviews/queries.ts'
import { collected } from './collecting.ts'
import { inputHash, type RankInput, rankInput } from './input.ts'
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

/** A run without what it was computed from and what came out, which for a large call are megabytes. */
export type RunHead = Omit<Run, 'input' | 'result'>
const { input: _input, result: _result, ...headColumns } = getTableColumns(rankings)

/** The run that stands. */
export async function newestRun(db: Db | Tx, callId: string): Promise<RunHead | null> {
  const [run] = await db
    .select(headColumns)
    .from(rankings)
    .where(eq(rankings.callId, callId))
    .orderBy(desc(rankings.position))
    .limit(1)
  return run ?? null
}

const KEPT_RANKINGS = 12
const kept = new Map<string, Ranking>()

/** What a run came to. A run is frozen, so it is computed again once, and then remembered. */
export async function rankingOfRun(db: Db | Tx, { id }: Pick<RunHead, 'id'>): Promise<Ranking> {
  const known = kept.get(id)
  if (known) return known
  const run = await runWith(db, id)
  if (!run) throw new Error('a ranking that was just read is gone')
  return recomputed(run)
}

/**
 * A frozen run computed again from its own input: the same bytes as when it was frozen, with the exact figures beside.
 * Nobody may change what comes back: the next one to ask gets it too.
 */
export function recomputed(run: Run): Ranking {
  const known = kept.get(run.id)
  if (known) return known
  const ranking = computedAgain(run)
  const oldest = kept.keys().next()
  if (kept.size >= KEPT_RANKINGS && !oldest.done) kept.delete(oldest.value)
  kept.set(run.id, ranking)
  return ranking
}

/** The same without remembering: for those who want to know whether what is stored still says the same. */
export function computedAgain({ input, parameters, software }: Run): Ranking {
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
  { call, ranking }: { call: StandingCall; ranking: Ranking }
): Promise<{ ranking: Ranking; hidden: ReadonlySet<string> }> {
  const hidden = await hiddenNumbers(db, personId, call)
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

/** Whether what a run was computed from is still what a new one would be. */
export async function inputStands(db: Db | Tx, call: StandingCall, run: RunHead): Promise<boolean> {
  // Whatever a ranking follows from is changed by nothing that leaves no history.
  const at = `${await headOf(db, call.id)} ${call.version}`
  const known = inputs.get(call.id)
  if (known?.at === at) return known.hash === run.inputHash
  const hash = inputHash((await inputOf(db, call)).input)
  if (inputs.size >= KEPT_RANKINGS) inputs.clear()
  inputs.set(call.id, { at, hash })
  return hash === run.inputHash
}

const inputs = new Map<string, { at: string; hash: string }>()

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
