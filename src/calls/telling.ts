import type { Life, State } from './lifecycle.ts'
import type { CallRules } from './rules.ts'

/** How long there is until an instant, in the two largest units that say something. */
export function leftUntil(until: Date, now: Date): { days: number; hours: number; minutes: number } | null {
  const minutes = Math.floor((until.getTime() - now.getTime()) / 60_000)
  if (minutes < 0) return null
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  return { days, hours, minutes: minutes % 60 }
}

export type TimelineStep = {
  key:
    | 'opened'
    | 'questions'
    | 'deadline'
    | 'screening'
    | 'declaring'
    | 'reviewing'
    | 'panel'
    | 'letters'
    | 'redress'
    | 'publication'
  state: 'done' | 'now' | 'ahead'
  from: Date | null
  at: Date
}

/** The dates of a call in order, each done, now or to come. Where a call stands decides, not the calendar alone. */
export function timelineOf(rules: CallRules, life: Life, state: State, now: Date): TimelineStep[] {
  const { dates } = rules
  const at = (moment: string | undefined) => (moment ? new Date(moment) : null)
  const rows: { key: TimelineStep['key']; at: Date | null; from?: Date; during: State[] }[] = [
    { key: 'opened', at: life.opensAt, during: [] },
    { key: 'questions', at: at(dates.questionsUntil), during: [] },
    { key: 'deadline', at: life.deadline, during: ['open', 'closed'] },
    { key: 'screening', at: at(dates.screeningUntil), during: ['screening'] },
    { key: 'declaring', at: life.declarationsUntil, during: ['declaring', 'assigning'] },
    { key: 'reviewing', at: life.reviewingUntil, from: life.reviewingOpensAt, during: ['reviewing'] },
    { key: 'panel', at: at(dates.panelAt), during: ['panel', 'ranked'] },
    { key: 'letters', at: at(dates.lettersAt), during: ['decided'] },
    { key: 'redress', at: life.redressUntil, during: ['redress'] },
    { key: 'publication', at: at(dates.publicationAt), during: [] }
  ]
  const current = rows.findIndex(({ during }) => during.includes(state))
  const over = state === 'final' || state === 'archived'
  return rows.flatMap(({ key, at, from }, index) => {
    if (!at) return []
    const passed = key === 'opened' || key === 'questions' ? now > at : current >= 0 ? index < current : over
    const step: TimelineStep = {
      key,
      from: from ?? null,
      at,
      state: over || passed ? 'done' : index === current ? 'now' : 'ahead'
    }
    return [step]
  })
}
