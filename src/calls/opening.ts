import { rungOf } from '../ranking/rules.ts'
import { needsJurors } from '../ranking/sealed.ts'
import type { Refusal } from '../refusal.ts'
import { type Field, fieldsOf } from './form.ts'
import type { CallRules, Criterion, Scale } from './rules.ts'
import { dayIn, isZone } from './zones.ts'

/** The pages of the call editor, in the order in which people fill them in. */
export const SECTIONS = ['texts', 'dates', 'applicants', 'form', 'rubric', 'jury', 'awards', 'publication'] as const
export type Section = (typeof SECTIONS)[number]

/** Something about a draft that makes no sense, and the page where it is mended. What only deserves a look does not stop it. */
export type Gap = { section: Section | 'team'; code: string; stops: boolean } & Record<string, unknown>

/** What the rules alone do not say. */
export type Around = {
  texts: { title: Record<string, string>; lede: Record<string, string>; body: Record<string, string> }
  now: Date
  /** Confirmed people of the programme who could be the second one, the asker not counted. */
  secondPeople: number
  singlePerson: boolean
  listed: number
}

/** Whether a call may open; else how many things stand in the way. */
export function whyNotOpen(rules: CallRules, around: Around): Refusal | null {
  const stopping = gapsIn(rules, around).filter(({ stops }) => stops)
  return stopping.length > 0
    ? { code: 'not_ready', count: stopping.length, gaps: stopping.map(({ code }) => code) }
    : null
}

/** Everything that is missing or makes no sense, by section. */
export function gapsIn(rules: CallRules, around: Around): Gap[] {
  return [
    ...textGaps(rules, around),
    ...dateGaps(rules, around.now),
    ...applicantGaps(rules, around),
    ...formGaps(rules),
    ...rubricGaps(rules),
    ...juryGaps(rules),
    ...awardGaps(rules),
    ...ladderGaps(rules),
    ...publicationGaps(rules),
    ...teamGaps(around)
  ]
}

const stop = (section: Gap['section'], code: string, facts: Record<string, unknown> = {}): Gap => ({
  section,
  code,
  stops: true,
  ...facts
})
const look = (section: Gap['section'], code: string, facts: Record<string, unknown> = {}): Gap => ({
  section,
  code,
  stops: false,
  ...facts
})
const said = (texts: Record<string, string> | undefined) => Object.values(texts ?? {}).some(text => text.trim() !== '')

function textGaps({ languages }: CallRules, { texts }: Around): Gap[] {
  if (!said(texts.title)) return [stop('texts', 'no_title')]
  const gaps: Gap[] = said(texts.body) ? [] : [stop('texts', 'no_body')]
  const untitled = languages.filter(language => !texts.title[language]?.trim())
  return untitled.length > 0 ? [...gaps, look('texts', 'languages_untitled', { languages: untitled })] : gaps
}

/** The dates of a call in the order in which they must come; `true` where two may fall together. */
export const DATE_ORDER = [
  'opensAt',
  'deadline',
  'screeningUntil',
  'declarationsUntil',
  'reviewingOpensAt',
  'reviewingUntil',
  'panelAt',
  'lettersAt',
  'redressUntil',
  'publicationAt'
] as const satisfies readonly (keyof CallRules['dates'])[]

const STRICTLY_AFTER: readonly string[] = ['deadline', 'reviewingUntil']

/** Pairs of dates that stand the wrong way round. */
export function datesOutOfOrder(dates: CallRules['dates']): { earlier: string; later: string }[] {
  const given = DATE_ORDER.flatMap(key => (dates[key] ? [{ key, at: Date.parse(dates[key]) }] : []))
  return given.slice(1).flatMap((date, index) => {
    const before = given[index]
    if (!before) return []
    const wrong = STRICTLY_AFTER.includes(date.key) ? date.at <= before.at : date.at < before.at
    return wrong ? [{ earlier: before.key, later: date.key }] : []
  })
}

function dateGaps({ dates, zone }: CallRules, now: Date): Gap[] {
  const gaps: Gap[] = isZone(zone) ? [] : [stop('dates', 'zone_unknown', { place: zone })]
  for (const pair of datesOutOfOrder(dates)) gaps.push(stop('dates', 'dates_out_of_order', pair))
  const deadline = new Date(dates.deadline)
  if (deadline <= now) gaps.push(stop('dates', 'deadline_past', { deadline }))
  if (dates.questionsUntil) {
    const until = Date.parse(dates.questionsUntil)
    if (until < Date.parse(dates.opensAt) || until > deadline.getTime()) gaps.push(stop('dates', 'questions_outside'))
  }
  return gaps
}

function applicantGaps({ applicants }: CallRules, { listed }: Around): Gap[] {
  return applicants.who === 'listed' && listed === 0 ? [stop('applicants', 'nobody_listed')] : []
}

function formGaps({ form, rubric }: CallRules): Gap[] {
  const fields = fieldsOf(form)
  const gaps: Gap[] = []
  const ids = fields.map(({ id }) => id)
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) < index)))
    gaps.push(stop('form', 'field_twice', { id }))
  const title = fields.find(({ id }) => id === 'title')
  if (title?.type !== 'text' || !title.required) gaps.push(stop('form', 'no_title_field'))
  const criteria = rubric.criteria.map(({ id }) => id)
  for (const field of fields) gaps.push(...fieldGaps(field, { ids, criteria }))
  return gaps
}

function fieldGaps(field: Field, { ids, criteria }: { ids: string[]; criteria: string[] }): Gap[] {
  const gaps: Gap[] = []
  const { id } = field
  if (!said(field.label)) gaps.push(stop('form', 'field_unlabelled', { id }))
  if (field.criterion && !criteria.includes(field.criterion))
    gaps.push(stop('form', 'field_of_no_criterion', { id, criterion: field.criterion }))
  if (field.requiredIf && !ids.includes(field.requiredIf.field))
    gaps.push(stop('form', 'needs_no_field', { id, other: field.requiredIf.field }))
  if ((field.type === 'table' || field.type === 'budget') && field.minRows > field.maxRows)
    gaps.push(stop('form', 'rows_upside_down', { id }))
  if (field.type === 'tags' && field.minItems > field.maxItems) gaps.push(stop('form', 'rows_upside_down', { id }))
  if (
    (field.type === 'number' || field.type === 'money') &&
    field.min !== undefined &&
    field.max !== undefined &&
    field.min > field.max
  )
    gaps.push(stop('form', 'range_upside_down', { id }))
  if (field.type === 'budget') {
    const largest = field.rules.find(({ kind }) => kind === 'largest_request')
    const smallest = field.rules.find(({ kind }) => kind === 'smallest_request')
    if (largest && smallest && 'amount' in largest && 'amount' in smallest && smallest.amount > largest.amount)
      gaps.push(stop('form', 'range_upside_down', { id }))
    for (const rule of field.rules)
      if (rule.kind === 'category_share' && !field.categories.includes(rule.category))
        gaps.push(stop('form', 'category_unknown', { id, category: rule.category }))
  }
  return gaps
}

function rubricGaps({ form, rubric }: CallRules): Gap[] {
  const { scale, criteria, totalThreshold } = rubric
  const gaps: Gap[] = []
  if (scale.max <= scale.min || !isWhole((scale.max - scale.min) / scale.step))
    gaps.push(stop('rubric', 'scale_uneven', { min: scale.min, max: scale.max, step: scale.step }))
  const sum = criteria.reduce((sum, { weight }) => sum + weight, 0)
  if (sum !== 100) gaps.push(stop('rubric', 'weights_sum', { sum }))
  const ids = criteria.map(({ id }) => id)
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) < index)))
    gaps.push(stop('rubric', 'criterion_twice', { id }))
  const fields = fieldsOf(form).map(({ id }) => id)
  for (const criterion of criteria) gaps.push(...criterionGaps(criterion, { scale, fields }))
  if (totalThreshold !== undefined && (totalThreshold < 0 || totalThreshold > 100))
    gaps.push(stop('rubric', 'total_threshold_outside', { threshold: totalThreshold }))
  return gaps
}

function criterionGaps(criterion: Criterion, { scale, fields }: { scale: Scale; fields: string[] }): Gap[] {
  const gaps: Gap[] = []
  const { id, threshold } = criterion
  if (!said(criterion.name)) gaps.push(stop('rubric', 'criterion_unnamed', { id }))
  if (!said(criterion.question)) gaps.push(stop('rubric', 'criterion_unasked', { id }))
  if (threshold !== undefined && (threshold < scale.min || threshold > scale.max))
    gaps.push(stop('rubric', 'threshold_outside', { id, threshold, min: scale.min, max: scale.max }))
  const missing = levelsMissing(criterion, scale)
  if (missing.length > 0) gaps.push(stop('rubric', 'levels_missing', { id, levels: missing }))
  const elsewhere = criterion.lookIn.filter(field => !fields.includes(field))
  if (elsewhere.length > 0) gaps.push(stop('rubric', 'look_in_nothing', { id, fields: elsewhere }))
  return gaps
}

/** The points of a scale that deserve a sentence: its whole ones, and both ends. */
export function levelPoints({ min, max, step }: Scale): number[] {
  if (!(max > min) || (max - min) / step > 1000) return []
  const stride = Math.max(step, 1)
  const points: number[] = []
  for (let point = Math.ceil(min); point <= max; point += stride) points.push(point)
  return [...new Set([min, ...points, max])].sort((a, b) => a - b)
}

/** The points that no sentence speaks of, neither by themselves nor in a stretch such as "9-10". */
function levelsMissing({ levels }: Criterion, scale: Scale): number[] {
  const stretches = Object.entries(levels)
    .filter(([, texts]) => said(texts))
    .map(([key]) => key.split('-').map(Number))
  return levelPoints(scale).filter(
    point => !stretches.some(([from = Number.NaN, to = from]) => from <= point && point <= to)
  )
}

function juryGaps({ jury, applicants }: CallRules): Gap[] {
  const gaps: Gap[] = []
  if (jury.minReviews > jury.reviewsPerProposal)
    gaps.push(stop('jury', 'fewer_than_needed', { given: jury.reviewsPerProposal, needed: jury.minReviews }))
  if (jury.minReaders > jury.reviewsPerProposal)
    gaps.push(stop('jury', 'fewer_readers', { given: jury.reviewsPerProposal, needed: jury.minReaders }))
  if (jury.reviewsPerProposal === 1 && applicants.who === 'anyone') gaps.push(look('jury', 'one_review'))
  return gaps
}

function awardGaps({ awards, rubric }: CallRules): Gap[] {
  const gaps: Gap[] = []
  const { count, reserve, amount, fund, limits, seats } = awards
  if (count === 0) gaps.push(stop('awards', reserve > 0 ? 'reserve_without_awards' : 'no_awards'))
  if (amount && amount.min > amount.max) gaps.push(stop('awards', 'amounts_upside_down'))
  if (amount && fund !== null && fund < amount.min) gaps.push(stop('awards', 'fund_too_small'))
  if (!amount && fund !== null) gaps.push(stop('awards', 'fund_without_amount'))
  if (amount && fund !== null && amount.max * count > fund)
    gaps.push(look('awards', 'fund_short', { needed: amount.max * count, fund }))
  for (const { field, min, max } of limits) {
    if (min !== undefined && max !== undefined && min > max)
      gaps.push(stop('awards', 'limit_upside_down', { group: field }))
    if (min === undefined && max === undefined) gaps.push(stop('awards', 'limit_empty', { group: field }))
  }
  const fields = limits.map(({ field }) => field)
  for (const field of new Set(fields.filter((field, index) => fields.indexOf(field) < index)))
    gaps.push(stop('awards', 'limit_twice', { group: field }))
  if (seats) {
    const sum = Object.values(seats.places).reduce((sum, places) => sum + places, 0)
    if (sum !== count) gaps.push(stop('awards', 'seats_sum', { sum, count }))
    if (limits.length > 0) gaps.push(stop('awards', 'seats_and_limits'))
  }
  if (rubric.totalThreshold === undefined && rubric.criteria.every(({ threshold }) => threshold === undefined))
    gaps.push(look('rubric', 'no_threshold'))
  return gaps
}

function ladderGaps({ ranking, rubric, form, dates, zone }: CallRules): Gap[] {
  const gaps: Gap[] = []
  const steps = ranking.tieLadder
  const criteria = rubric.criteria.map(({ id }) => id)
  const fields = fieldsOf(form)
  for (const [index, step] of steps.entries()) {
    const rung = rungOf(step)
    const ends = rung?.kind === 'draw' || rung?.kind === 'share' || rung?.kind === 'panel'
    if (!rung) gaps.push(stop('awards', 'step_unknown', { step }))
    else if (ends && index < steps.length - 1) gaps.push(stop('awards', 'step_not_last', { step }))
    else if (rung.kind === 'criterion' && !criteria.includes(rung.criterion))
      gaps.push(stop('awards', 'step_of_no_criterion', { criterion: rung.criterion }))
    else if (rung.kind === 'lower' || rung.kind === 'higher' || rung.kind === 'earlier') {
      const there =
        rung.field === 'requested'
          ? fields.some(({ type }) => type === 'budget')
          : rung.field === 'submitted_at' || fields.some(({ id }) => id === rung.field)
      if (!there) gaps.push(stop('awards', 'step_of_no_field', { id: rung.field }))
    }
  }
  const last = rungOf(steps.at(-1) ?? '')
  if (last?.kind !== 'share' && last?.kind !== 'draw') gaps.push(stop('awards', 'ladder_open'))
  if (last?.kind === 'draw') {
    if (!ranking.draw || !said(ranking.draw.source)) gaps.push(stop('awards', 'draw_without_source'))
    else {
      const panel = new Date(dates.panelAt ?? dates.reviewingUntil)
      if (isZone(zone) && ranking.draw.on <= dayIn(panel, zone)) gaps.push(stop('awards', 'draw_before_panel'))
    }
  }
  return gaps
}

function publicationGaps({ publication, dates, awards, ranking }: CallRules): Gap[] {
  const gaps: Gap[] = []
  if (publication.winners.length === 0) gaps.push(stop('publication', 'nothing_published'))
  if (publication.winners.includes('amount') && !awards.amount) gaps.push(stop('publication', 'amount_of_nothing'))
  if (needsJurors(ranking.method) && publication.jurors !== 'pseudonyms') gaps.push(stop('publication', 'jurors_apart'))
  if (!dates.redressUntil) gaps.push(look('dates', 'no_redress'))
  return gaps
}

function teamGaps({ secondPeople, singlePerson }: Around): Gap[] {
  return secondPeople === 0 && !singlePerson ? [stop('team', 'no_second_person')] : []
}

const isWhole = (value: number) => Math.abs(value - Math.round(value)) < 1e-9
