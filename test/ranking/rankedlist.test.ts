import t from 'tap'
import { drawHash, drawn } from '../../src/ranking/draw.ts'
import { compare, exact } from '../../src/ranking/fraction.ts'
import { rankInput } from '../../src/ranking/input.ts'
import { trimmedMean } from '../../src/ranking/methods.ts'
import { rankedList } from '../../src/ranking/rankedlist.ts'
import { rankingOf } from '../../src/ranking/ranking.ts'
import { PLAIN_METHODS } from '../../src/ranking/schema.ts'
import { listOf, ownCase, ranksOf, valuesOf } from './support.ts'

type Json = ReturnType<typeof JSON.parse>
type Case = { id: string; input: Json; expected: Json }
const cases: Case[] = ownCase('edge-cases.json').cases
const caseOf = (id: string) => {
  const found = cases.find(one => one.id === id)
  if (!found) throw new Error(`no case ${id}`)
  return found
}

function near(
  t: Pick<typeof import('tap').t, 'strictSame'>,
  found: Record<string, number | null>,
  wanted: Record<string, number | null>,
  name: string
) {
  t.strictSame(Object.keys(found).sort(), Object.keys(wanted).sort(), `${name}: the same proposals`)
  const off = Object.entries(wanted).filter(([id, value]) => {
    const figure = found[id]
    return value === null ? figure !== null : typeof figure !== 'number' || Math.abs(figure - value) > 1e-8
  })
  t.strictSame(off, [], `${name}: within 1e-8`)
}

t.test('the 35 proposals of a whole competition, by every plain method', async t => {
  const { input, expected } = ownCase('grants35.json')
  for (const method of PLAIN_METHODS) {
    if (method === 'weightedMean' || method === 'rescaled') continue
    const answer = listOf({ ...input, rules: { method } }).methods.get(method)
    if (!answer) throw new Error(method)
    near(t, valuesOf({ ...input, rules: { method } }), expected[method].value, method)
    t.strictSame(Object.fromEntries(answer.rank), expected[method].rank, `${method}: ranks`)
    t.strictSame(answer.winners, expected[method].winners5, `${method}: winners`)
  }
})

t.test('the weighted mean and the mean of reviews are different things where a score is missing', async t => {
  const { input } = caseOf('missing-criterion')
  const scale = { min: 0, max: 10 }
  // a: mean of 8 and 7, b: only the 6, c: mean of 4 and 9.
  near(t, valuesOf({ ...input, scale, rules: { method: 'weightedMean' } }), { P1: 68.5, P2: 70 }, 'weightedMean')
  near(t, valuesOf({ ...input, scale, rules: { method: 'rawMean' } }), { P1: (6.6 + 53 / 7) / 2, P2: 7 }, 'rawMean')
})

t.test('jurors who cannot be compared weigh nothing in z-scores', async t => {
  for (const id of ['flat-juror-and-single-review', 'generous-and-harsh-juror']) {
    const { input, expected } = caseOf(id)
    for (const method of ['rawMean', 'zScore', 'rescaled'] as const) {
      if (expected[method]) near(t, valuesOf(input, { method }), expected[method], `${id} ${method}`)
    }
    t.strictSame(listOf(input, { method: 'rawMean' }).warnings, expected.warnings ?? [], `${id}: warnings`)
  }
})

t.test('one juror, no variation, recusals, reviews without scores: said, and nobody wins by default', async t => {
  for (const id of ['one-juror', 'recusal-and-unscored', 'missing-criterion', 'all-identical', 'disconnected-graph']) {
    const { input, expected } = caseOf(id)
    const recusals = (input.recusals ?? []).map(([proposal, juror]: string[]) => ({ proposal, juror }))
    const { winners: top, ...rest } = input
    const list = listOf({ ...rest, recusals }, { method: 'rawMean', top })
    t.strictSame(list.warnings, expected.warnings, `${id}: warnings`)
    if (expected.rawMean) near(t, valuesOf({ ...rest, recusals }, { method: 'rawMean' }), expected.rawMean, id)
    if (expected.rank)
      t.strictSame(ranksOf({ ...rest, recusals }, { method: 'rawMean' }), expected.rank, `${id}: ranks`)
    if (expected.zScore) near(t, valuesOf({ ...rest, recusals }, { method: 'zScore' }), expected.zScore, id)
    if (expected.lotteryGroup) t.strictSame(list.winners, { sure: [], tiedForRest: expected.lotteryGroup, rest: 1 })
    if (expected.components) t.equal(list.graph.components, expected.components.length)
  }
})

t.test('sums that doubles tell apart share a rank', async t => {
  const { input, expected } = caseOf('float-tie')
  t.strictSame(ranksOf(input, { method: 'rawMean' }), expected.rank)
})

t.test('competition ranks: 1, 2, 2, 2, 5', async t => {
  const { input, expected } = caseOf('rank-conventions')
  const reviews = Object.entries(input.values).map(([id, value]) => [id, 'J', value])
  t.strictSame(ranksOf({ reviews }, { method: 'rawMean' }), expected.competition)
})

t.test('trimming takes one copy of an extreme, and only where enough remain', async t => {
  const { input, expected } = caseOf('trimming')
  for (const [name, values] of Object.entries<number[]>(input.values)) {
    const found = trimmedMean(values.map(exact), { drop: input.trim, keep: input.minKept })
    t.equal(found && compare(found, exact(expected.trimmedMean[name])), 0, name)
  }
})

t.test('European thresholds and two orders of criteria', async t => {
  const { input, expected } = caseOf('eu-horizon')
  const names = ['excellence', 'impact', 'implementation'] as const
  const run = (impact: number, tieLadder: string[]) =>
    listOf({
      scale: { min: 0, max: 5, step: 0.5 },
      criteria: names.map(id => ({ id, weight: id === 'impact' ? impact : 1, threshold: input.thresholdEach })),
      reviews: input.proposals.map(({ id, ...scores }: { id: string }) => ({ proposal: id, juror: 'panel', scores })),
      // 10 of 15 points.
      rules: { method: 'weightedMean', totalThreshold: 66.6, tieLadder }
    })
  const passed = ({ rows }: ReturnType<typeof run>) =>
    rows.filter(({ failed }) => failed.length === 0).map(({ proposal }) => proposal.id)
  const research = run(1, ['criterion:excellence', 'criterion:impact'])
  t.strictSame(passed(research), expected.researchAction.order)
  t.strictSame(
    research.ties.filter(({ step }) => step === 'share').map(({ proposals }) => proposals),
    expected.researchAction.ties
  )
  const below = research.rows.filter(({ failed }) => failed.length > 0).map(({ proposal }) => proposal.id)
  t.strictSame(below.sort(), expected.belowThreshold)
  t.strictSame(passed(run(1.5, ['criterion:impact', 'criterion:excellence'])), expected.innovationAction.order)
})

t.test('where lower is better, the lowest is first and thresholds are ceilings', async t => {
  const { input, expected } = caseOf('nih-impact')
  const reviews = Object.entries<number[]>(input.final).flatMap(([id, marks]) =>
    marks.map((mark, juror) => ({ proposal: id, juror: `J${juror}`, scores: { impact: mark } }))
  )
  const scale = { min: 1, max: 9, step: 1, direction: 'lower' }
  const given = { scale, criteria: [{ id: 'impact', threshold: 1.2 }], reviews, rules: { method: 'rawMean' } }
  t.strictSame(ranksOf(given), { P1: 2, P2: 1 })
  const values = valuesOf(given)
  near(t, { P1: (values.P1 ?? 0) * 10, P2: (values.P2 ?? 0) * 10 }, expected.overallImpact, 'impact')
  t.strictSame(
    listOf(given).rows.map(({ failed }) => failed),
    [[], ['impact']]
  )
})

t.test('leaving out a pivotal juror changes the winner', async t => {
  const { input, expected } = caseOf('pivotal-juror')
  const winners = (without?: string) => {
    const reviews = input.reviews.filter(([, juror]: string[]) => juror !== without)
    return listOf({ reviews }, { method: 'rawMean', top: 1 }).winners.sure
  }
  t.strictSame(winners(), expected.full)
  for (const juror of ['J1', 'J2', 'J3']) t.strictSame(winners(juror), expected.without[juror])
})

t.test('the draw is the published hash in ascending order', async t => {
  const { input, expected } = caseOf('lottery-draw')
  const draw = { seal: input.seal, publicValue: input.public }
  for (const id of input.group) t.equal(drawHash(draw, id), expected.hash[id])
  t.strictSame(drawn(draw, input.group), expected.order)
  const reviews = input.group.map((id: string) => [id, 'J', 7])
  const given = { reviews, rules: { method: 'rawMean', tieLadder: ['draw'] } }
  t.strictSame(
    listOf(given, { draw }).rows.map(({ proposal }) => proposal.id),
    expected.order
  )
  t.strictSame(new Set(Object.values(ranksOf(given))), new Set([1]), 'until it is held, the rank is shared')
})

t.test('each tie names the rung that broke it', async t => {
  const criteria = [{ id: 'need' }, { id: 'impact' }]
  const both = (proposal: string, need: number, impact: number) => ({ proposal, juror: 'J', scores: { need, impact } })
  const list = listOf({
    scale: { min: 0, max: 5 },
    criteria,
    proposals: [
      { id: 'A', requested: 3000, sent: '2026-09-02T10:00:00+03:00' },
      { id: 'B', requested: 2000, sent: '2026-09-02T08:00:00+03:00' },
      { id: 'C', requested: '2000.00', sent: '2026-09-02T07:30:00+02:00' },
      { id: 'D', sent: '2026-09-02' },
      { id: 'E', requested: 1, sent: '2026-09-02' }
    ],
    reviews: [both('A', 3, 3), both('B', 3, 3), both('C', 3, 3), both('D', 3, 3), both('E', 4, 2)],
    rules: { method: 'weightedMean', tieLadder: ['criterion:need', 'lower:requested', 'earlier:sent'] }
  })
  t.strictSame(
    list.rows.map(({ proposal, rank }) => [proposal.id, rank]),
    [
      ['E', 1],
      ['B', 2],
      ['C', 3],
      ['A', 4],
      ['D', 5]
    ]
  )
  t.strictSame(list.ties, [
    { proposals: ['E', 'B'], step: 'criterion:need' },
    { proposals: ['B', 'C'], step: 'earlier:sent' },
    { proposals: ['C', 'A'], step: 'lower:requested' },
    { proposals: ['A', 'D'], step: 'lower:requested' }
  ])
  t.strictSame(
    list.warnings.filter(({ code }) => code === 'field_missing'),
    [{ code: 'field_missing', proposal: 'D', field: 'requested' }]
  )
})

t.test('the panel and sharing end the ladder', async t => {
  const reviews = [
    ['A', 'J', 5],
    ['B', 'J', 5]
  ]
  const draw = { seal: 'ab', publicValue: '1' }
  for (const tieLadder of [['panel'], ['share'], ['panel', 'draw'], []]) {
    t.strictSame(ranksOf({ reviews, rules: { method: 'rawMean', tieLadder } }, { draw }), { A: 1, B: 1 })
  }
})

t.test('rounding comes before order; without it a hair decides', async t => {
  const marks = (id: string, score: number) => [id, 'J', score]
  const reviews = [marks('A', 7.5004), marks('B', 7.5005)]
  const rules = { method: 'rawMean' }
  t.strictSame(ranksOf({ reviews, rules: { ...rules, rounding: 2 } }), { A: 1, B: 1 })
  t.strictSame(ranksOf({ reviews, rules }), { B: 1, A: 2 })
  const scale = { min: 0, max: 100 }
  const thirds = [
    ['P', 'J1', 60],
    ['P', 'J2', 60],
    ['P', 'J3', 59.98]
  ]
  const passes = (rounding: number | null, totalThreshold: number) =>
    listOf({ scale, reviews: thirds, rules: { method: 'weightedMean', rounding, totalThreshold } }).rows[0]?.failed
      .length === 0
  t.equal(passes(null, 60), false, '59.9933… is below 60')
  t.equal(passes(2, 59.99), true, 'equal to the threshold passes')
  t.equal(passes(1, 60), true, '60.0 as the rules round it')
})

t.test('a criterion is compared with its own threshold exactly, whatever the rounding', async t => {
  const reviews = [2.5, 2.5, 2.49].map((need, juror) => ({ proposal: 'P', juror: `J${juror}`, scores: { need } }))
  const [row] = listOf({
    scale: { min: 0, max: 5 },
    criteria: [{ id: 'need', threshold: 2.5 }],
    reviews,
    rules: { method: 'weightedMean', rounding: 1 }
  }).rows
  t.strictSame(row?.failed, ['need'])
})

t.test('models and reviews without links are refused, not answered somehow', async t => {
  const reviews = [
    ['A', 'J1', 5],
    ['B', 'J2', 5]
  ]
  t.throws(() => listOf({ reviews }), { code: 'method_absent', facts: { method: 'blup' } })
  t.throws(() => listOf({ reviews }, { method: 'expectedRank' }), { code: 'method_absent' })
  t.throws(() => listOf({ reviews }, { method: 'additiveOls' }), { code: 'not_linked', facts: { components: 2 } })
  t.throws(() => listOf({ reviews }, { method: 'weightedMean' }), { code: 'method_needs_scale' })
})

t.test('a bridge is a review without which the reviews fall apart', async t => {
  const reviews = [
    ['A', 'J1', 5],
    ['B', 'J1', 4],
    ['A', 'J2', 6],
    ['B', 'J2', 3],
    ['C', 'J2', 2],
    ['C', 'J3', 2],
    ['D', 'J3', 7]
  ]
  t.strictSame(listOf({ reviews }, { method: 'rawMean' }).graph, {
    components: 1,
    bridges: [
      { proposal: 'C', juror: 'J2' },
      { proposal: 'C', juror: 'J3' }
    ]
  })
})

t.test('two thousand proposals are ranked while one blinks', async t => {
  const criteria = ['a', 'b', 'c', 'd', 'e'].map((id, index) => ({ id, weight: 10 + index, threshold: 1 }))
  const score = (seed: number) => ((seed * 7919) % 11) / 2
  const reviews = Array.from({ length: 10_000 }, (_, index) => ({
    proposal: `P${Math.floor(index / 5)}`,
    juror: `J${(index * 31 + Math.floor(index / 400)) % 401}`,
    scores: Object.fromEntries(criteria.map(({ id }, at) => [id, score(index * 5 + at)]))
  }))
  const input = rankInput({
    scale: { min: 0, max: 5, step: 0.5 },
    criteria,
    reviews,
    rules: { method: 'weightedMean', awards: 200, rounding: 2, tieLadder: ['criterion:a', 'criterion:b'] }
  })
  rankedList(input)
  const started = performance.now()
  const list = rankedList(input)
  t.comment(`ranked in ${(performance.now() - started).toFixed(0)} ms`)
  t.equal(list.rows.length, 2000)
  const { result } = rankingOf(input, { version: '0' })
  t.ok(result.selection.awarded.length + result.selection.tied.length >= 200)
})
