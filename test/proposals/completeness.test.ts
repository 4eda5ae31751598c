import fc from 'fast-check'
import t from 'tap'
import { type FieldOf, fieldsOf } from '../../src/calls/form.ts'
import { awardsRules } from '../../src/cli/example/rules.ts'
import type { Row } from '../../src/proposals/answers.ts'
import { budgetSums, checkRules } from '../../src/proposals/budget.ts'
import { exclusions, problemsIn } from '../../src/proposals/completeness.ts'
import { whyNotReceive, whyNotSubmitNow } from '../../src/proposals/deadline.ts'
import { answersFrom } from '../../src/proposals/editor/forms.ts'
import { shortNumber } from '../../src/proposals/number.ts'
import { centsOf } from '../../src/proposals/numbers.ts'
import { receiptDigest } from '../../src/proposals/receipt.ts'
import { countWords, leftOf } from '../../src/proposals/words.ts'
import { COMPLETE, DEADLINE, exampleJson, seconds } from './support.ts'

const { form } = awardsRules()
const budget = fieldsOf(form).find((field): field is FieldOf<'budget'> => field.type === 'budget')
const line = (category: string, price: string, own = ''): Row => ({
  item: 'a thing',
  category,
  quantity: '1',
  unit_cost: price,
  own
})
const broken = (rows: Row[]) =>
  budget
    ? checkRules(budget, budgetSums(rows))
        .filter(({ holds }) => !holds)
        .map(({ id }) => id)
    : []

t.test('budget errors of real drafts are found, rule by rule', async t => {
  const [georgi, radu] = exampleJson<{ budget_errors_in_drafts: { broken_rules: string[] }[] }>(
    'edge-cases.json'
  ).budget_errors_in_drafts
  const first = [line('equipment', '1720', '0'), line('fees', '2834', '380')]
  t.match(budgetSums(first), { total: 455_400n, own: 38_000n, requested: 417_400n })
  t.strictSame(broken(first), georgi?.broken_rules)
  const second = [line('equipment', '1960'), line('fees', '2190', '450')]
  t.match(budgetSums(second), { total: 415_000n, own: 45_000n, requested: 370_000n })
  t.strictSame(broken(second), radu?.broken_rules)
})

t.test('rules hold at the very boundary and break one hundredth beyond it', async t => {
  t.strictSame(broken([line('equipment', '2000', '0'), line('fees', '2444,45', '444,45')]), [])
  t.strictSame(broken([line('fees', '4444,45', '444,44')]), ['max_grant', 'own_share'])
  t.strictSame(broken([line('equipment', '500'), line('fees', '611,12', '111,12')]), [])
  t.strictSame(broken([line('equipment', '500,01'), line('fees', '611,10', '111,12')]), [
    'min_grant',
    'equipment_share'
  ])
})

t.test('amounts are read as people in the region type them', async t => {
  const read = [
    '1250',
    '1.250',
    '1,250',
    '1.250,50',
    '1,250.50',
    '1 250,5',
    '1’250.50',
    '-3',
    '',
    'ten',
    '1.2.3',
    '1e3'
  ]
  t.strictSame(read.map(centsOf), [
    125_000n,
    125_000n,
    125_000n,
    125_050n,
    125_050n,
    125_050n,
    125_050n,
    -300n,
    null,
    null,
    null,
    null
  ])
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 11n), cents => {
      const text = `${cents / 100n},${String(cents % 100n).padStart(2, '0')}`
      return centsOf(text) === cents
    })
  )
})

t.test('what is missing is named in the order of the form, and a complete form has nothing', async t => {
  const answers = answersFrom(form, COMPLETE)
  t.strictSame(problemsIn(form, answers, { support_letter: 1 }), [])
  t.match(problemsIn(form, answers, {}), [{ field: 'support_letter', code: 'file_missing' }])
  const empty = problemsIn(form, {}, {})
  t.strictSame(empty[0], { field: 'elig_participant', code: 'unanswered' })
  t.equal(empty.at(-1)?.code, 'consent_missing')
  t.match(
    problemsIn(form, { ...answers, language: 'bg' }, { support_letter: 1 }).map(({ field }) => field),
    ['title_en', 'summary_en'],
    'in another language, title and summary are needed in English too'
  )
  const long = { ...answers, risks: Array(114).fill('word').join(' \n ') }
  t.match(problemsIn(form, long, { support_letter: 1 }), [
    { field: 'risks', code: 'too_many_words', over: 14, most: 100 }
  ])
  t.match(
    problemsIn(
      form,
      {
        ...answers,
        milestones: [
          { month: '12', what: 'x' },
          { month: '1', what: 'y'.repeat(121) }
        ]
      },
      { support_letter: 1 }
    ),
    [
      { row: 0, column: 'month', code: 'cell_not_between' },
      { row: 1, column: 'what', code: 'cell_too_long' }
    ]
  )
})

t.test('Vesna learns at once that she cannot apply (X03)', async t => {
  t.strictSame(exclusions(form, { elig_participant: false, elig_employed: false }), [
    'elig_participant',
    'elig_employed'
  ])
  t.strictSame(exclusions(form, {}), [], 'nobody is turned away for what they have not answered')
})

t.test('words are runs between white space, and a sign of many code points is one', async t => {
  t.equal(countWords(' one\ttwo\n\nthree  четири '), 4)
  t.equal(countWords(''), 0)
  t.equal(leftOf('👩🏽‍💻é', { unit: 'chars', max: 2 }), 0)
})

t.test('what has arrived whole at the deadline counts; only a transfer on its way gets more time', async t => {
  const late = seconds(DEADLINE, 1)
  const until = seconds(DEADLINE, 900)
  const submit = (now: Date, arrivedAt: Date, transfersUntil: Date | null = null) =>
    whyNotSubmitNow(DEADLINE, { now, arrivedAt, transfersUntil })?.code ?? null
  t.equal(submit(DEADLINE, DEADLINE), null)
  t.equal(submit(late, DEADLINE), 'deadline_over')
  t.equal(submit(late, DEADLINE, until), null)
  t.equal(submit(late, late, until), 'deadline_over')
  t.equal(submit(seconds(DEADLINE, 901), DEADLINE, until), 'deadline_over')
  const receive = (now: Date, beganAt: Date) => whyNotReceive(DEADLINE, 15, { now, beganAt })?.code ?? null
  t.equal(receive(DEADLINE, DEADLINE), null)
  t.equal(receive(seconds(DEADLINE, 900), DEADLINE), null)
  t.equal(receive(seconds(DEADLINE, 901), DEADLINE), 'deadline_over')
  t.equal(receive(late, late), 'deadline_over')
})

t.test('a number has no sign that is misheard, and a receipt changes with one letter', async t => {
  t.match(shortNumber(new Uint8Array([0, 1, 2, 3, 255])), /^[2-9A-HJKMNP-TV-Z]{2}-[2-9A-HJKMNP-TV-Z]{3}$/)
  const facts = { call: 'c', number: 'K7-4MX', submittedAt: DEADLINE.toISOString(), files: [] }
  const digest = receiptDigest({ ...facts, answers: { title: 'Seeds' } })
  t.match(digest, /^[0-9a-f]{64}$/)
  t.not(receiptDigest({ ...facts, answers: { title: 'seeds' } }), digest)
})

t.test('a part of a form leaves the rest alone, and a box that was on the page can be taken back', async t => {
  t.strictSame(answersFrom(form, { title: 'A\r\nB\0' }), { title: 'A\nB' })
  t.strictSame(answersFrom(form, { _boxes: 'decl_true', decl_rules: 'on' }), { decl_true: false, decl_rules: true })
  t.strictSame(answersFrom(form, { title: ['one', 'two'], keywords: 'a, b;\nc,,' }), {
    title: 'one',
    keywords: ['a', 'b', 'c']
  })
  t.strictSame(answersFrom(form, { 'milestones.7.month': '1', 'milestones.x.month': '2', nonsense: '1' }), {
    milestones: [{ month: '1', what: '' }]
  })
})
