import t from 'tap'
import {
  add,
  compare,
  decimal,
  exact,
  type Fraction,
  multiply,
  roundHalfUp,
  sum,
  toFixed,
  ZERO
} from '../../src/ranking/fraction.ts'
import { trimmedMean } from '../../src/ranking/methods.ts'
import { listOf, OUTSIDE_ABSENT, outsideCase } from './support.ts'

/** Official results of other people's competitions; the data stays where it is. */
const skip = (name: string) => (outsideCase(name) ? {} : { skip: OUTSIDE_ABSENT })
const TRIM = { drop: 1, keep: 1 }

t.test('figure skating: panel scores and component totals of the official protocols', skip('isu-pcs.json'), async t => {
  type Performance = { id: string; marks: (number | null)[][]; panel: string[]; pcs: string }
  const { segments } = outsideCase('isu-pcs.json') as { segments: { factor: number; performances: Performance[] }[] }
  const wrong: string[] = []
  let performances = 0
  for (const { factor, performances: those } of segments) {
    for (const { id, marks, panel, pcs } of those) {
      performances++
      const components = marks.map(given => {
        const mean = trimmedMean(given.filter(mark => mark !== null).map(exact), TRIM)
        return roundHalfUp(mean ?? ZERO, 2)
      })
      const total = sum(components.map(component => roundHalfUp(multiply(component, exact(factor)), 2)))
      const same = components.every((component, index) => toFixed(component, 2) === panel[index])
      if (!same || toFixed(total, 2) !== pcs) wrong.push(id)
    }
  }
  t.strictSame(wrong, [])
  t.equal(performances, 654)
})

t.test('diving at Sydney: official places of six stages', skip('diving-2000.json'), async t => {
  type Entry = { id: string; place: number; dives: [number, number[]][] }
  type Stage = { stage: string; carriesOver: string | null; entries: Entry[] }
  const { events } = outsideCase('diving-2000.json') as { events: { event: string; stages: Stage[] }[] }
  const ownTotal = ({ dives }: Entry): Fraction =>
    dives
      .map(([difficulty, marks]) => multiply(trimmedMean(marks.map(exact), TRIM) ?? ZERO, exact(3 * difficulty)))
      .reduce(add)
  let places = 0
  for (const { stages } of events) {
    for (const { stage, carriesOver, entries } of stages) {
      const carried = stages.find(other => other.stage === carriesOver)?.entries ?? []
      const totals = entries.map(entry => {
        const before = carried.find(({ id }) => id === entry.id)
        return { entry, total: before ? add(ownTotal(entry), ownTotal(before)) : ownTotal(entry) }
      })
      const wrong = totals.filter(
        ({ entry, total }) => 1 + totals.filter(other => compare(other.total, total) > 0).length !== entry.place
      )
      t.strictSame(
        wrong.map(({ entry }) => entry.id),
        [],
        stage
      )
      places += entries.length
    }
  }
  t.equal(places, 151)
})

t.test(
  'Eurovision 2016: the juries’ points follow from their jurors’ ranks',
  skip('eurovision-2016-final.json'),
  async t => {
    const { shows } = outsideCase('eurovision-2016-final.json')
    const POINTS = [12, 10, 8, 7, 6, 5, 4, 3, 2, 1]
    for (const [jury, songs] of Object.entries<Record<string, number[]>>(shows[0].juries)) {
      const reviews = Object.entries(songs).flatMap(([song, row]) =>
        row.slice(0, 5).map((rank, index) => [song, `${jury}${index}`, rank])
      )
      const scale = { min: 1, max: 26, step: 1, direction: 'lower' }
      const { rows } = listOf({ scale, reviews, rules: { method: 'rawMean' } })
      const levels = Map.groupBy(rows, ({ rank }) => rank)
      for (const [rank, level] of levels) {
        const due = level.map((_, index) => POINTS[(rank ?? 0) - 1 + index] ?? 0).sort((a, b) => a - b)
        const given = level.map(({ proposal }) => songs[proposal.id]?.[5] ?? -1).sort((a, b) => a - b)
        if (String(due) !== String(given)) t.fail(`${jury}, rank ${rank}: ${given} instead of ${due}`)
      }
    }
    t.equal(Object.keys(shows[0].juries).length, 42)
  }
)

t.test('Mapas Culturais: a criterion and a date break ties', skip('edge-cases-mapas.json'), async t => {
  const { cases } = outsideCase('edge-cases-mapas.json')
  const [byCriterion, byDate] = cases
  const { input, expected } = byCriterion
  const reviews = Object.entries<number[][]>(input.reviews).flatMap(([id, rows]) =>
    rows.map((row, juror) => ({
      proposal: id,
      juror: `J${juror}`,
      scores: Object.fromEntries(input.criteria.map((criterion: { id: string }, at: number) => [criterion.id, row[at]]))
    }))
  )
  const list = listOf({ criteria: input.criteria, reviews, rules: { method: 'rawMean', tieLadder: input.tieBreak } })
  t.strictSame(
    list.rows.map(({ proposal }) => proposal.id),
    expected.order
  )
  // That project adds the weighted scores where we divide by the weights; here they sum to two.
  for (const { proposal, mean } of list.rows) {
    t.equal(toFixed(multiply(mean ?? ZERO, exact(2)), 2), expected.score[proposal.id])
  }
  const ids = ['old', 'new']
  const orders = (rung: (id: string) => object, tieLadder: string[]) =>
    listOf({
      proposals: ids.map(id => ({ id, ...rung(id) })),
      reviews: ids.map(id => ({ proposal: id, juror: 'J', scores: { 'c-1': byDate.input['c-1'][id] } })),
      rules: { method: 'rawMean', tieLadder }
    }).rows.map(({ proposal }) => proposal.id)
  const submitted = (id: string) => ({ submitted: byDate.input.submitted[id] })
  t.strictSame(orders(submitted, ['earlier:submitted']), byDate.expected.orders[0])
  const newest = (id: string) => ({ day: Number(decimal(byDate.input.submitted[id].replaceAll('-', ''))?.n) })
  t.strictSame(orders(newest, ['criterion:c-1', 'higher:day']), byDate.expected.orders[1])
})
