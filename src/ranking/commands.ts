import { organiserOf } from '../accounts/queries.ts'
import { decide } from '../calls/decisions.ts'
import { whyNotIn } from '../calls/lifecycle.ts'
import { lockedCall, type StandingCall } from '../calls/queries.ts'
import { dayIn } from '../calls/zones.ts'
import type { Db, Tx } from '../db/connect.ts'
import { remember } from '../history/commands.ts'
import { Mistaken, must, type Refusal, Refused } from '../refusal.ts'
import { SOFTWARE } from '../version.ts'
import { sameRun } from './collecting.ts'
import { inputHash, type RankInput } from './input.ts'
import { hiddenNumbers, inputOf, isInterested, type Run, runsOf } from './queries.ts'
import { rankingOf } from './ranking.ts'
import { rankings } from './tables.ts'

type By = { by: string }

/**
 * Freezes a run from the reviews that count now to a ranked list with its selection. The same input again is the same
 * run. Proposals with fewer counted reviews than the rules ask for stop it, unless `reason` says why it must go on.
 */
export async function freezeRanking(
  db: Db,
  { callId, reason = '', by }: { callId: string; reason?: string } & By
): Promise<string> {
  return db.transaction(async tx => {
    const call = await rankable(tx, callId, by)
    const { input } = await inputOf(tx, call)
    const few = fewReviews(input, call.rules.jury.minReviews)
    if (few.length > 0 && reason.trim() === '') {
      // Whoever stands aside from one of them learns that there is one, not which.
      const hidden = await hiddenNumbers(tx, by, call)
      const proposals = [
        ...few.filter(number => !hidden.has(number)),
        ...(few.some(number => hidden.has(number)) ? ['…'] : [])
      ]
      throw new Refused({ code: 'too_few_reviews', proposals, least: call.rules.jury.minReviews })
    }
    const [last] = await runsOf(tx, callId)
    return freeze(tx, call, { input, parameters: {}, last, by, reason })
  })
}

/** Enters the public value that decides equal places, once: the run that follows stands beside the one before. */
export async function enterDraw(
  db: Db,
  { callId, publicValue, by }: { callId: string; publicValue: string } & By
): Promise<string> {
  return db.transaction(async tx => {
    const call = await rankable(tx, callId, by)
    const [last] = await runsOf(tx, callId)
    if (!last) throw new Refused({ code: 'not_ranked' })
    if (last.parameters.draw) throw new Refused({ code: 'drawn_already', value: last.parameters.draw.public })
    if (call.rules.ranking.tieLadder.at(-1) !== 'draw' || call.seal === null) throw new Refused({ code: 'no_draw' })
    must(whyNotDraw(call))
    const value = publicValue.trim()
    if (value === '') throw new Mistaken([{ field: 'publicValue', code: 'draw_value_missing' }])
    return freeze(tx, call, {
      input: last.input as unknown as RankInput,
      parameters: { draw: { seal: call.seal, public: value } },
      last,
      by,
      reason: ''
    })
  })
}

/** The value comes into being on a day that the rules name, so nobody can have chosen it before. */
export function whyNotDraw({ rules, now }: Pick<StandingCall, 'rules' | 'now'>): Refusal | null {
  const on = rules.ranking.draw?.on
  return on && dayIn(now, rules.zone) < on ? { code: 'draw_ahead', on } : null
}

async function rankable(tx: Tx, callId: string, by: string): Promise<StandingCall> {
  const call = await lockedCall(tx, callId)
  if (!call || !(await organiserOf(tx, by, call)) || (await isInterested(tx, callId, by)))
    throw new Refused({ code: 'not_found' })
  must(whyNotIn(call.state, ['panel', 'ranked']))
  return call
}

type Freezing = { input: RankInput; parameters: Run['parameters']; last: Run | undefined; reason: string } & By

async function freeze(tx: Tx, call: StandingCall, { input, parameters, last, reason, by }: Freezing): Promise<string> {
  const hash = inputHash(input)
  if (last && sameRun(last, { inputHash: hash, parameters })) return last.id
  const { result } = rankingOf(input, {
    version: SOFTWARE,
    ...(parameters.draw ? { draw: { seal: parameters.draw.seal, publicValue: parameters.draw.public } } : {})
  })
  const position = (last?.position ?? 0) + 1
  const [run] = await tx
    .insert(rankings)
    .values({
      callId: call.id,
      position,
      method: result.method,
      parameters,
      software: SOFTWARE,
      byPerson: by,
      at: call.now,
      input: input as unknown as Record<string, unknown>,
      inputHash: hash,
      result: result as unknown as Record<string, unknown>
    })
    .returning({ id: rankings.id })
  if (!run) throw new Refused({ code: 'not_found' })
  await decide(tx, { callId: call.id, decision: 'ranked', by, at: call.now, facts: { position } })
  await remember(tx, {
    callId: call.id,
    what: parameters.draw ? 'ranking.drawn' : 'ranking.frozen',
    about: run.id,
    byPerson: by,
    at: call.now,
    facts: { position, inputHash: hash, method: result.method, software: SOFTWARE, ...parameters },
    ...(reason ? { values: { reason } } : {})
  })
  return run.id
}

/** Proposals with fewer counted reviews than the call promised. */
export function fewReviews(input: RankInput, least: number): string[] {
  const counts = new Map(input.proposals.map(({ id }) => [id, 0]))
  for (const review of input.reviews) {
    const id = Array.isArray(review) ? review[0] : review.proposal
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count < least).map(([id]) => id)
}
