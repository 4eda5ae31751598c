import t from 'tap'
import { whyNotChange, whyNotExtend } from '../../src/calls/changing.ts'
import { whyNotConfirm } from '../../src/calls/confirming.ts'
import type { Field } from '../../src/calls/form.ts'
import { type Around, gapsIn, whyNotOpen } from '../../src/calls/opening.ts'
import { type CallRules, callRules } from '../../src/calls/rules.ts'
import { startingRules } from '../../src/calls/starting.ts'

const now = new Date('2026-06-01T10:00:00Z')
const around: Around = {
  texts: { title: { en: 'Awards', bg: 'Награди' }, lede: {}, body: { en: 'Come.' } },
  now,
  secondPeople: 1,
  singlePerson: false,
  listed: 0
}

/** Rules that may open; each test spoils one thing. */
function goodRules(): CallRules {
  const rules = startingRules({ zone: 'Europe/Athens', currency: 'EUR', languages: ['en', 'bg'], now })
  for (const criterion of rules.rubric.criteria) {
    criterion.question = { en: 'Why?' }
    criterion.threshold = 2.5
    criterion.levels = Object.fromEntries([0, 1, 2, 3, 4, 5].map(point => [String(point), { en: `Level ${point}` }]))
  }
  return callRules.parse(rules)
}

const stops = (rules: CallRules, more: Partial<Around> = {}) =>
  gapsIn(rules, { ...around, ...more })
    .filter(gap => gap.stops)
    .map(({ code }) => code)

t.test('rules that make sense may open', async t => {
  t.strictSame(stops(goodRules()), [])
  t.equal(whyNotOpen(goodRules(), around), null)
})

t.test('everything that makes no sense is told by its own word', async t => {
  const money = { min: 1000, max: 4000 }
  const cases: [string, (rules: CallRules) => void][] = [
    ['weights_sum', ({ rubric }) => Object.assign(rubric.criteria[0] ?? {}, { weight: 41 })],
    ['dates_out_of_order', ({ dates }) => Object.assign(dates, { publicationAt: dates.opensAt })],
    [
      'deadline_past',
      ({ dates }) => Object.assign(dates, { opensAt: '2026-04-01T10:00:00Z', deadline: '2026-05-01T10:00:00Z' })
    ],
    ['questions_outside', ({ dates }) => Object.assign(dates, { questionsUntil: dates.publicationAt })],
    ['zone_unknown', rules => Object.assign(rules, { zone: 'Athens' })],
    ['nobody_listed', ({ applicants }) => Object.assign(applicants, { who: 'listed' })],
    ['no_title_field', ({ form }) => Object.assign(form.sections[0]?.fields[0] ?? {}, { id: 'name' })],
    ['field_twice', ({ form }) => form.sections[0]?.fields.push(form.sections[0]?.fields[1] as Field)],
    ['field_of_no_criterion', ({ form }) => Object.assign(form.sections[0]?.fields[1] ?? {}, { criterion: 'beauty' })],
    ['threshold_outside', ({ rubric }) => Object.assign(rubric.criteria[0] ?? {}, { threshold: 6 })],
    ['total_threshold_outside', ({ rubric }) => Object.assign(rubric, { totalThreshold: 101 })],
    ['levels_missing', ({ rubric }) => Object.assign(rubric.criteria[0]?.levels ?? {}, { 3: {} })],
    ['criterion_unasked', ({ rubric }) => Object.assign(rubric.criteria[0] ?? {}, { question: {} })],
    ['scale_uneven', ({ rubric }) => Object.assign(rubric.scale, { step: 0.3 })],
    ['look_in_nothing', ({ rubric }) => rubric.criteria[0]?.lookIn.push('nowhere')],
    ['fewer_than_needed', ({ jury }) => Object.assign(jury, { minReviews: 4 })],
    ['reserve_without_awards', ({ awards }) => Object.assign(awards, { count: 0, reserve: 3 })],
    ['no_awards', ({ awards }) => Object.assign(awards, { count: 0 })],
    ['amounts_upside_down', ({ awards }) => Object.assign(awards, { amount: { min: 5, max: 4 } })],
    ['fund_too_small', ({ awards }) => Object.assign(awards, { amount: money, fund: 900 })],
    [
      'seats_sum',
      ({ awards }) => Object.assign(awards, { count: 3, seats: { field: 'country', places: { BG: 2 }, reserve: 1 } })
    ],
    ['limit_upside_down', ({ awards }) => awards.limits.push({ field: 'country', min: 2, max: 1 })],
    ['limit_empty', ({ awards }) => awards.limits.push({ field: 'country' })],
    ['ladder_open', ({ ranking }) => Object.assign(ranking, { tieLadder: ['criterion:need'] })],
    ['step_not_last', ({ ranking }) => Object.assign(ranking, { tieLadder: ['share', 'criterion:need', 'share'] })],
    ['step_of_no_criterion', ({ ranking }) => Object.assign(ranking, { tieLadder: ['criterion:beauty', 'share'] })],
    ['step_of_no_field', ({ ranking }) => Object.assign(ranking, { tieLadder: ['lower:requested', 'share'] })],
    ['draw_without_source', ({ ranking }) => Object.assign(ranking, { tieLadder: ['draw'] })],
    [
      'draw_before_panel',
      ({ ranking, dates }) =>
        Object.assign(ranking, {
          tieLadder: ['draw'],
          draw: { source: { en: 'Lotto' }, on: dates.panelAt?.slice(0, 10) }
        })
    ],
    ['nothing_published', ({ publication }) => Object.assign(publication, { winners: [] })],
    ['amount_of_nothing', ({ publication }) => Object.assign(publication, { winners: ['amount'] })]
  ]
  for (const [code, spoil] of cases) {
    const rules = goodRules()
    spoil(rules)
    t.ok(stops(rules).includes(code), code)
    t.equal(whyNotOpen(rules, around)?.code, 'not_ready', code)
  }
  t.strictSame(stops(goodRules(), { secondPeople: 0 }), ['no_second_person'])
  t.strictSame(stops(goodRules(), { secondPeople: 0, singlePerson: true }), [])
  t.strictSame(stops(goodRules(), { texts: { ...around.texts, title: {} } }), ['no_title'])
})

t.test('stretches of a scale count as its sentences', async t => {
  const rules = goodRules()
  Object.assign(rules.rubric.scale, { min: 1, max: 10, step: 1 })
  for (const criterion of rules.rubric.criteria)
    criterion.levels = Object.fromEntries(['1-2', '3-4', '5-6', '7-8', '9-10'].map(key => [key, { en: key }]))
  t.strictSame(stops(rules), [])
})

t.test('a deadline moves only to later, and not into the time of reading', async t => {
  const day = (days: number) => new Date(now.getTime() + days * 86_400_000)
  const ask = { until: day(12), deadline: day(10), reviewingOpensAt: day(20), now, reason: 'Storm', forOne: false }
  t.equal(whyNotExtend('open', ask), null)
  t.equal(whyNotExtend('open', { ...ask, until: day(10) })?.code, 'not_later')
  t.equal(whyNotExtend('open', { ...ask, until: day(21) })?.code, 'into_reviewing')
  t.equal(whyNotExtend('open', { ...ask, reason: ' ' })?.code, 'reason_needed')
  t.equal(whyNotExtend('screening', ask)?.code, 'wrong_state')
  t.equal(whyNotExtend('screening', { ...ask, forOne: true }), null)
})

t.test('sealed rules change only in dates to come, and never once the draw is near', async t => {
  const before = goodRules()
  const moved = { ...before, dates: { ...before.dates, publicationAt: '2026-12-01T10:00:00Z' } }
  const ask = { before, after: moved, reason: 'The hall', now }
  t.equal(whyNotChange('open', ask), null)
  t.equal(whyNotChange('ranked', ask)?.code, 'wrong_state')
  t.equal(whyNotChange('open', { ...ask, reason: '' })?.code, 'reason_needed')
  t.equal(whyNotChange('open', { ...ask, after: before })?.code, 'nothing_changed')
  t.equal(whyNotChange('open', { ...ask, after: { ...moved, blind: 'open' } })?.code, 'only_dates')
  const deadline = { ...before, dates: { ...before.dates, deadline: '2026-08-01T12:00:00Z' } }
  t.equal(whyNotChange('open', { ...ask, after: deadline })?.code, 'deadline_by_extension')
  const drawn = (rules: CallRules) => ({
    ...rules,
    ranking: { ...rules.ranking, draw: { source: { en: 'Lotto' }, on: '2026-06-01' } }
  })
  t.equal(whyNotChange('open', { ...ask, before: drawn(before), after: drawn(moved) })?.code, 'draw_is_near')
})

t.test('a second person is another one, unless there is none', async t => {
  const asked = { askedBy: 'olu', givenAt: null, withdrawnAt: null }
  t.equal(whyNotConfirm(asked, { by: 'omar', singlePerson: false }), null)
  t.equal(whyNotConfirm(asked, { by: 'olu', singlePerson: false })?.code, 'second_person_needed')
  t.equal(whyNotConfirm(asked, { by: 'olu', singlePerson: true }), null)
  t.equal(whyNotConfirm({ ...asked, givenAt: now }, { by: 'omar', singlePerson: false })?.code, 'confirmed_already')
  t.equal(
    whyNotConfirm({ ...asked, withdrawnAt: now }, { by: 'omar', singlePerson: false })?.code,
    'asked_is_withdrawn'
  )
})
