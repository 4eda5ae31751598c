import type { Refusal } from '../refusal.ts'

export const STATES = [
  'draft',
  'open',
  'closed',
  'screening',
  'declaring',
  'assigning',
  'reviewing',
  'panel',
  'ranked',
  'decided',
  'redress',
  'final',
  'archived'
] as const
export type State = (typeof STATES)[number]

/** What people decide; everything else about a call's state follows from dates. */
export const DECISIONS = [
  'opened',
  'screening_ended',
  'declarations_ended',
  'assignments_released',
  'reviewing_closed',
  'ranked',
  'signed_off',
  'letters_released',
  'published',
  'archived'
] as const
export type Decision = (typeof DECISIONS)[number]

/** The dates and decisions a state is worked out from. `deadline` has extensions for all already in it. */
export type Life = {
  opensAt: Date
  deadline: Date
  graceMinutes: number
  declarationsUntil: Date
  reviewingOpensAt: Date
  reviewingUntil: Date
  redressUntil: Date | null
  decided: Partial<Record<Decision, Date>>
}

export type Move = {
  from: State
  to: State
  /** Time moves a call where time can; people where judgement is needed. */
  by: 'time' | Decision
  holds: (life: Life, now: Date) => boolean
}

const minutes = 60_000
const has = (decision: Decision) => (life: Life) => life.decided[decision] !== undefined

/** Decided at once, but true only from its minute on: that minute is the decision's time. */
const isPublic = ({ decided }: Life, now: Date) => decided.published !== undefined && now >= decided.published

/** Every move there is. A call stands where the last move that holds has brought it. */
export const MOVES: readonly Move[] = [
  { from: 'draft', to: 'open', by: 'opened', holds: (life, now) => has('opened')(life) && now >= life.opensAt },
  { from: 'open', to: 'closed', by: 'time', holds: (life, now) => now > life.deadline },
  {
    from: 'closed',
    to: 'screening',
    by: 'time',
    holds: (life, now) => now.getTime() > life.deadline.getTime() + life.graceMinutes * minutes
  },
  { from: 'screening', to: 'declaring', by: 'screening_ended', holds: has('screening_ended') },
  {
    from: 'declaring',
    to: 'assigning',
    by: 'declarations_ended',
    holds: (life, now) => has('declarations_ended')(life) || now > life.declarationsUntil
  },
  {
    from: 'assigning',
    to: 'reviewing',
    by: 'assignments_released',
    holds: (life, now) => has('assignments_released')(life) && now >= life.reviewingOpensAt
  },
  {
    from: 'reviewing',
    to: 'panel',
    by: 'reviewing_closed',
    holds: (life, now) => has('reviewing_closed')(life) || now > life.reviewingUntil
  },
  { from: 'panel', to: 'ranked', by: 'ranked', holds: has('ranked') },
  { from: 'ranked', to: 'decided', by: 'signed_off', holds: has('signed_off') },
  {
    from: 'decided',
    to: 'redress',
    by: 'letters_released',
    holds: life => has('letters_released')(life) && life.redressUntil !== null
  },
  { from: 'decided', to: 'final', by: 'published', holds: isPublic },
  { from: 'redress', to: 'final', by: 'published', holds: isPublic },
  { from: 'final', to: 'archived', by: 'archived', holds: has('archived') }
]

/** Where a call stands at `now`. */
export function stateOf(life: Life, now: Date): State {
  let state: State = 'draft'
  for (;;) {
    const move = MOVES.find(move => move.from === state && move.holds(life, now))
    if (!move) return state
    state = move.to
  }
}

/** Whether what somebody wants can be done in this state; else which states it needs. */
export function whyNotIn(state: State, needed: readonly State[]): Refusal | null {
  return needed.includes(state) ? null : { code: 'wrong_state', state, needed: [...needed] }
}

/** States from `first` to `last`, both included. */
export function statesFrom(first: State, last: State = 'archived'): State[] {
  return STATES.slice(STATES.indexOf(first), STATES.indexOf(last) + 1)
}

/**
 * Whether something that came at `now` is in time. What has arrived whole at the deadline counts, a moment later does
 * not. A file transfer that began before the deadline may finish within the grace time.
 */
export function whyNotInTime(deadline: Date, now: Date): Refusal | null {
  return now.getTime() <= deadline.getTime() ? null : { code: 'deadline_over', deadline, now }
}
