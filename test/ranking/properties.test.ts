import fc from 'fast-check'
import t from 'tap'
import { compare } from '../../src/ranking/fraction.ts'
import { rankInput } from '../../src/ranking/input.ts'
import { rankedList } from '../../src/ranking/rankedlist.ts'
import { PLAIN_METHODS } from '../../src/ranking/schema.ts'

const criteria = ['need', 'plan']
const scores = fc
  .record({ need: fc.nat(10), plan: fc.option(fc.nat(10)) })
  .map(({ need, plan }) => ({ need: need / 2, plan: plan === null ? null : plan / 2 }))
const reviews = fc
  .uniqueArray(fc.tuple(fc.nat(5), fc.nat(3), scores), {
    selector: ([p, j]) => `${p} ${j}`,
    minLength: 1,
    maxLength: 20
  })
  .map(some => some.map(([p, j, scores]) => ({ proposal: `P${p}`, juror: `J${j}`, scores })))
const weights = fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }))
const method = fc.constantFrom(...PLAIN_METHODS.filter(name => name !== 'additiveOls'))
const direction = fc.constantFrom('higher', 'lower')

type Given = { weights: readonly [number, number]; direction: string; method: string; factor?: number }
const listed = (some: unknown[], { weights, direction, method, factor = 1 }: Given) =>
  rankedList(
    rankInput({
      scale: { min: 0, max: 5, step: 0.5, direction },
      criteria: criteria.map((id, index) => ({ id, weight: (weights[index] ?? 1) * factor })),
      reviews: some,
      rules: { method, tieLadder: ['criterion:need'] }
    })
  )
type List = ReturnType<typeof listed>
const order = ({ rows }: List) => rows.map(({ proposal, rank, tied }) => [proposal.id, rank, tied])

const holds = (promise: boolean) => {
  if (!promise) throw new Error('broken promise')
}

t.test('ranks are competition ranks in the order of the values', async () => {
  fc.assert(
    fc.property(reviews, weights, direction, method, (some, weights, direction, method) => {
      const { rows } = listed(some, { weights, direction, method })
      for (const [index, row] of rows.entries()) {
        const before = rows[index - 1]
        holds(row.rank === index + 1 || (row.rank === before?.rank && row.tied && before.tied))
        if (before?.value && row.value) holds(compare(before.value, row.value) * (direction === 'lower' ? -1 : 1) >= 0)
      }
    })
  )
})

t.test('only the proportion of the weights matters', async () => {
  fc.assert(
    fc.property(
      reviews,
      weights,
      direction,
      method,
      fc.constantFrom(2, 10, 0.5, 0.01),
      (some, weights, direction, method, factor) => {
        const plain = listed(some, { weights, direction, method })
        holds(
          JSON.stringify(order(listed(some, { weights, direction, method, factor }))) === JSON.stringify(order(plain))
        )
      }
    )
  )
})

t.test('a better score never costs a place, by the methods that look at one proposal at a time', async () => {
  const alone = fc.constantFrom('weightedMean', 'rawMean', 'median', 'trimmedMean')
  fc.assert(
    fc.property(reviews, weights, alone, fc.nat(), (some, weights, method, pick) => {
      const lifted = some[pick % some.length]
      if (!lifted) return
      const rankOf = (list: List) => list.rows.find(({ proposal }) => proposal.id === lifted.proposal)?.rank ?? 0
      const scores = { ...lifted.scores, need: Math.min(5, lifted.scores.need + 0.5) }
      const better = some.map(review => (review === lifted ? { ...review, scores } : review))
      const given = { weights, direction: 'higher', method }
      holds(rankOf(listed(better, given)) <= rankOf(listed(some, given)))
    })
  )
})

t.test('void and recused reviews change nothing but the warnings', async () => {
  fc.assert(
    fc.property(reviews, method, (some, method) => {
      const extra = { proposal: 'P0', juror: 'J9', scores: { need: 5, plan: 5 } }
      const proposals = [...new Set([...some.map(({ proposal }) => proposal), 'P0'])]
      const base = { scale: { max: 5 }, criteria: criteria.map(id => ({ id })), proposals, rules: { method } }
      const plain = order(rankedList(rankInput({ ...base, reviews: some })))
      const voided = order(rankedList(rankInput({ ...base, reviews: [...some, { ...extra, status: 'void' }] })))
      const recusals = [{ proposal: 'P0', juror: 'J9' }]
      const recused = order(rankedList(rankInput({ ...base, reviews: [...some, extra], recusals })))
      holds(JSON.stringify([voided, recused]) === JSON.stringify([plain, plain]))
    })
  )
})
