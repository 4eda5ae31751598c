import { readFileSync } from 'node:fs'
import t from 'tap'
import { promotion } from '../../src/awards/promotion.ts'
import { readProposalList, readReviews, readRubric } from '../../src/ranking/files.ts'
import { checked, combined } from '../../src/ranking/input.ts'
import { rankingOf } from '../../src/ranking/ranking.ts'

const file = (name: string) => ({
  name,
  bytes: readFileSync(new URL(`../../src/programmes/example/${name}`, import.meta.url))
})
const rankingFrom = (scores: string, scheme: string, proposals: string) => {
  const rubric = readRubric(file(scheme))
  const raw = combined(readReviews(file(scores), rubric), rubric, readProposalList(file(proposals)))
  return rankingOf(checked(raw), { version: '1' })
}

t.test('when a winner declines, the country rule is checked again down the reserve list', async t => {
  const { list, result } = rankingFrom('scores.csv', 'rank/awards.rubric.json', 'rank/awards.proposals.csv')
  const without = (left: string) =>
    promotion(list.rows, list.input.rules, {
      awarded: result.selection.awarded.filter(id => id !== left),
      reserve: result.selection.reserve,
      left
    })
  const [first, second] = JSON.parse(file('edge-cases.json').bytes.toString()).after_the_decision
  t.strictSame(without('P13'), {
    promoted: first.expected_promotion,
    passedOver: [
      { id: 'P32', because: 'limit:country' },
      { id: 'P09', because: 'limit:country' }
    ]
  })
  t.strictSame(without('P07'), {
    promoted: second.expected_promotion,
    passedOver: [{ id: 'P32', because: 'limit:country' }]
  })
})

t.test('a seat goes to the reserve of the same country, or to nobody', async t => {
  const { list, result } = rankingFrom(
    'rank/admission.scores.csv',
    'rank/admission.rubric.json',
    'rank/admission.proposals.csv'
  )
  const { awarded, reserve } = result.selection
  const country = (id: string | null | undefined) => list.input.proposals.find(proposal => proposal.id === id)?.country
  const left = awarded[0] ?? ''
  const { promoted } = promotion(list.rows, list.input.rules, { awarded: awarded.slice(1), reserve, left })
  t.equal(country(promoted), country(left))
  const others = reserve.filter(id => country(id) !== country(left))
  t.equal(promotion(list.rows, list.input.rules, { awarded, reserve: others, left }).promoted, null)
})

t.test('the envelope is checked again too', async t => {
  const rows = ['A 3000', 'B 2000', 'C 2500', 'D 1000'].map((line, index) => {
    const [id = '', requested] = line.split(' ')
    return { proposal: { id, requested: Number(requested) }, rank: index + 1, failed: [] }
  })
  const rules = {
    method: 'weightedMean',
    totalThreshold: null,
    rounding: null,
    tieLadder: ['share'],
    seats: null,
    awards: 2,
    reserve: 2,
    limits: [],
    budget: { total: 5000, partial: false }
  } as const
  t.strictSame(
    promotion(rows, { ...rules, tieLadder: ['share'], limits: [] }, { awarded: ['A'], reserve: ['C', 'D'], left: 'B' }),
    {
      promoted: 'D',
      passedOver: [{ id: 'C', because: 'limit:budget' }]
    }
  )
})
