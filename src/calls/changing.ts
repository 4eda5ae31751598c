import type { Refusal } from '../refusal.ts'
import { type State, whyNotIn } from './lifecycle.ts'
import { datesOutOfOrder } from './opening.ts'
import { type CallRules, sealOf } from './rules.ts'
import { dayIn } from './zones.ts'

type Extension = { until: Date; deadline: Date; reviewingOpensAt: Date; now: Date; reason: string; forOne: boolean }

/** Whether a deadline may move: only to later, with a reason, and never into the time when jurors read. */
export function whyNotExtend(
  state: State,
  { until, deadline, reviewingOpensAt, now, reason, forOne }: Extension
): Refusal | null {
  const wrong = whyNotIn(state, forOne ? ['open', 'closed', 'screening'] : ['open', 'closed'])
  if (wrong) return wrong
  if (reason.trim() === '') return { code: 'reason_needed' }
  if (until <= deadline || until <= now) return { code: 'not_later', deadline, until }
  return until > reviewingOpensAt ? { code: 'into_reviewing', until, reviewingOpensAt } : null
}

/** The states in which sealed rules may change: never once there is a ranking. */
export const CHANGING: State[] = ['open', 'closed', 'screening', 'declaring', 'assigning', 'reviewing', 'panel']

/**
 * Whether sealed rules may change in this way. The draw hashes the seal: from the day of the draw on nobody may choose
 * another. Form, rubric and what decides stay as they are once somebody may have worked by them: only dates that are still
 * to come move.
 */
export function whyNotChange(
  state: State,
  { before, after, reason, now }: { before: CallRules; after: CallRules; reason: string; now: Date }
): Refusal | null {
  const wrong = whyNotIn(state, CHANGING)
  if (wrong) return wrong
  if (reason.trim() === '') return { code: 'reason_needed' }
  if (before.ranking.draw && dayIn(now, before.zone) >= before.ranking.draw.on) return { code: 'draw_is_near' }
  const changed = changedDates(before, after)
  if (changed.length === 0) return { code: 'nothing_changed' }
  // By digest, for a database gives keys back in an order of its own.
  if (sealOf({ ...before, dates: after.dates }) !== sealOf(after)) return { code: 'only_dates' }
  if (changed.includes('deadline') || changed.includes('opensAt')) return { code: 'deadline_by_extension' }
  for (const key of changed) {
    for (const moment of [before.dates[key], after.dates[key]])
      if (moment && Date.parse(moment) <= now.getTime()) return { code: 'date_past', date: key, when: new Date(moment) }
  }
  const [wrongPair] = datesOutOfOrder(after.dates)
  return wrongPair ? { code: 'dates_out_of_order', ...wrongPair } : null
}

/** The dates that differ between two versions of the rules. */
export function changedDates(before: CallRules, after: CallRules): (keyof CallRules['dates'])[] {
  const keys = [...new Set([...Object.keys(before.dates), ...Object.keys(after.dates)])] as (keyof CallRules['dates'])[]
  return keys.filter(key => timeOf(before.dates[key]) !== timeOf(after.dates[key]))
}

const timeOf = (moment: string | undefined) => (moment === undefined ? null : Date.parse(moment))

/** Whether everything that screening is for has been done. */
export function whyNotEndScreening({
  unscreened,
  stillWriting
}: {
  unscreened: number
  stillWriting: number
}): Refusal | null {
  if (stillWriting > 0) return { code: 'deadline_runs_for_some', count: stillWriting }
  return unscreened > 0 ? { code: 'unscreened', count: unscreened } : null
}

/** Declarations end by their date; earlier only when every juror has spoken about every proposal. */
export function whyNotEndDeclarations({ jurors, undeclared }: { jurors: number; undeclared: number }): Refusal | null {
  if (jurors === 0) return { code: 'no_jurors' }
  return undeclared > 0 ? { code: 'undeclared', count: undeclared } : null
}

/** Reviewing ends by its date; earlier only when every assigned review is in. */
export function whyNotCloseReviewing({ outstanding }: { outstanding: number }): Refusal | null {
  return outstanding > 0 ? { code: 'reviews_outstanding', count: outstanding } : null
}
