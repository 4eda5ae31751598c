import t from 'tap'
import { readingOrder } from '../../src/reviews/readingorder.ts'
import {
  everyScore,
  isDivided,
  lackingIn,
  levelsBeside,
  shownScore,
  shownTotal,
  spreadOf,
  totalOf,
  whyNotScore
} from '../../src/reviews/rubric.ts'
import { unitsSent } from '../../src/reviews/sheet/forms.ts'
import { RUBRIC } from './support.ts'

t.test('a score is whole steps of its scale, whatever the step', async t => {
  t.strictSame(everyScore({ ...RUBRIC.scale, min: 1, max: 10, step: 1 }), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  t.equal(everyScore(RUBRIC.scale).length, 11)
  t.equal(shownScore(9, RUBRIC.scale), 4.5)
  t.equal(shownScore(3, { step: 0.1 }), 0.3)
  t.strictSame(
    [unitsSent('4.5', 0.5), unitsSent('4,5', 0.5), unitsSent('0.3', 0.1), unitsSent('', 0.5), unitsSent('0', 0.5)],
    [9, 9, 3, null, 0]
  )
  for (const text of ['4.3', '1e3', 'four', '--1', '9'.repeat(30)])
    t.notOk(Number.isInteger(unitsSent(text, 0.5)), text)
  t.equal(whyNotScore(10, RUBRIC.scale), null)
  t.equal(whyNotScore(11, RUBRIC.scale)?.code, 'score_outside')
  t.equal(whyNotScore(-1, RUBRIC.scale)?.code, 'score_outside')
  t.equal(whyNotScore(Number.NaN, RUBRIC.scale)?.code, 'score_off_step')
})

t.test('a half stands for both its neighbours, a band for what lies in it', async t => {
  const points = ['0', '1', '2', '3', '4', '5']
  t.strictSame(levelsBeside(4, points), ['4'])
  t.strictSame(levelsBeside(4.5, points), ['4', '5'])
  t.strictSame(levelsBeside(9, ['1-2', '3-4', '5-6', '7-8', '9-10']), ['9-10'])
  t.strictSame(levelsBeside(3, []), [])
})

t.test('missing is missing, and never zero', async t => {
  t.equal(totalOf({ need: 10 }, RUBRIC), null)
  t.strictSame(totalOf({ need: 0, plan: 0 }, RUBRIC), { points: 0, of: 1000 })
  t.strictSame(
    lackingIn({ scores: { need: 0 }, comments: {}, toApplicant: ' ' }, RUBRIC).map(({ code }) => code),
    ['score_missing', 'comment_missing']
  )
  t.strictSame(lackingIn({ scores: { need: 0, plan: 0 }, comments: {}, toApplicant: 'Go on.' }, RUBRIC), [])
})

t.test('two totals are divided exactly from the line on', async t => {
  const totals = [totalOf({ need: 10, plan: 5 }, RUBRIC), totalOf({ need: 5, plan: 5 }, RUBRIC)].flatMap(
    one => one ?? []
  )
  t.strictSame(totals.map(shownTotal), [80, 50])
  t.equal(spreadOf(totals), 30)
  t.equal(isDivided(totals, 30), true)
  t.equal(isDivided(totals, 30.01), false)
  t.equal(isDivided(totals, undefined), false)
  t.equal(isDivided(totals.slice(1), 0.1), false, 'one review alone divides nobody')
})

t.test('every juror reads in an order of their own, the same every time', async t => {
  const items = Array.from({ length: 20 }, (_, at) => ({ id: `proposal ${at}` }))
  t.strictSame(readingOrder('Juno', items), readingOrder('Juno', [...items].reverse()))
  t.notSame(readingOrder('Juno', items), readingOrder('Jana', items))
})
