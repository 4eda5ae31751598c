import fc from 'fast-check'
import t from 'tap'
import { type Ranked, selected } from '../../src/awards/selection.ts'
import type { RankRules } from '../../src/ranking/rules.ts'
import { readRules } from '../../src/ranking/rules.ts'
import { rulesSchema } from '../../src/ranking/schema.ts'

const rules = (given: object): RankRules =>
  readRules(rulesSchema.parse({ method: 'weightedMean', ...given }), { place: {}, criteria: [], scaled: true })

/** `A BG 3000` → proposal A of country BG asking 3000; equal ranks stand in one list. */
const list = (...lines: (string | string[])[]): Ranked[] => {
  let before = 0
  return lines.flatMap(level => {
    const ids = typeof level === 'string' ? [level] : level
    const rank = before + 1
    before += ids.length
    return ids.map(line => {
      const [id = '', country = '', requested = '0', institution = ''] = line.split(' ')
      return { proposal: { id, country, requested: Number(requested), institution }, rank, failed: [] }
    })
  })
}

const choose = (rows: Ranked[], given: object) => selected(rows, rules(given)).selection

t.test('one award a country: the next of other countries move up, and the limit has its price', async t => {
  const rows = list('A RS', 'B BG', 'C RS', 'D BG', 'E HR', 'F AL')
  const selection = choose(rows, { awards: 4, reserve: 1, limits: [{ field: 'country', max: 1 }] })
  t.strictSame(selection, {
    awarded: ['A', 'B', 'E', 'F'],
    reserve: ['C'],
    notAwarded: ['D'],
    belowThreshold: [],
    reasons: {
      A: { code: 'awarded' },
      B: { code: 'awarded' },
      C: { code: 'reserve', because: 'limit:country' },
      D: { code: 'limit:country' },
      E: { code: 'awarded' },
      F: { code: 'awarded' }
    },
    tied: [],
    limits: [{ field: 'country', price: { in: ['C', 'D'], out: ['E', 'F'] } }]
  })
})

t.test('equal ones at the line are handed to people, and those before it win', async t => {
  const { awarded, tied, reserve, reasons } = choose(list('A', 'B', ['C', 'D', 'E'], 'F', 'G'), {
    awards: 4,
    reserve: 1
  })
  t.strictSame(awarded, ['A', 'B'])
  t.strictSame(tied, ['C', 'D', 'E'])
  t.strictSame(reserve, ['F'])
  t.strictSame([reasons.C, reasons.G], [{ code: 'tied' }, { code: 'places' }])
})

t.test('who is in whatever becomes of a tie is in', async t => {
  const limits = [{ field: 'country', max: 1 }]
  // A or B takes the one Bulgarian place; C loses nothing by it.
  const one = choose(list(['A BG', 'B BG', 'C RS'], 'D HR', 'E HR'), { awards: 4, limits })
  t.strictSame(
    [one.awarded, one.tied],
    [
      ['C', 'D'],
      ['A', 'B']
    ]
  )
  t.strictSame(one.reasons.E, { code: 'limit:country' })
  // Whether C comes in depends on which of A and B does.
  const two = choose(list(['A BG', 'B RS'], 'C RS', 'D BG'), { awards: 1, limits })
  t.strictSame([two.awarded, two.tied], [[], ['A', 'B']])
  const entangled = choose(list(['A BG', 'B RS'], 'C RS'), {
    awards: 2,
    limits: [{ field: 'country', max: 1 }],
    budget: null
  })
  t.strictSame(entangled.awarded, ['A', 'B'])
})

t.test('equal ones at the end of the reserve are not split either', async t => {
  const { reserve, tied, reasons } = choose(list('A', 'B', ['C', 'D']), { awards: 1, reserve: 2 })
  t.strictSame([reserve, tied], [['B'], ['C', 'D']])
  t.strictSame(reasons.C, { code: 'tied', because: 'places' })
})

t.test('a minimum reaches down the list, and only as far as it must', async t => {
  const rows = list('A RS', 'B RS', 'C RS', 'D BG', 'E HR', 'F BG')
  const { awarded, reasons } = choose(rows, { awards: 3, limits: [{ field: 'country', min: 1, max: 2 }] })
  t.strictSame(awarded, ['A', 'D', 'E'], 'B would leave no place for Bulgaria or Croatia')
  t.strictSame(reasons.B, { code: 'limit:country' })
  t.strictSame(reasons.F, { code: 'places' })
})

t.test('minimums that no set can meet award nobody, and say so', async t => {
  const { selection, feasible } = selected(
    list('A RS', 'B BG', 'C HR'),
    rules({ awards: 2, limits: [{ field: 'country', min: 1 }] })
  )
  t.equal(feasible, false)
  t.strictSame(selection.awarded, [])
  t.strictSame(selection.reasons.A, { code: 'limit:country' })
})

t.test('the budget passes over what does not fit; where allowed, the last gets what is left', async t => {
  const rows = list('A RS 3000', 'B BG 3000', 'C HR 1500', 'D AL 500')
  const whole = choose(rows, { awards: 5, budget: { total: 5000 } })
  t.strictSame(whole.awarded, ['A', 'C', 'D'])
  t.strictSame(whole.reasons.B, { code: 'limit:budget' })
  t.strictSame(whole.limits, [{ field: 'budget', price: { in: ['B'], out: [] } }])
  const partial = choose(rows, { awards: 5, budget: { total: 5000, partial: true } })
  t.strictSame(partial.awarded, ['A', 'B'])
  t.strictSame(partial.reasons.B, { code: 'awarded', amount: 2000 })
  const cents = choose(list('A RS 0.1', 'B BG 0.2'), { awards: 5, budget: { total: 0.3 } })
  t.strictSame(cents.awarded, ['A', 'B'], 'a tenth and two tenths are three tenths')
})

t.test('equal ones are not given different money by their names', async t => {
  const rows = list('A RS 1000', ['B BG 3000', 'C HR 3000'], 'D AL 500')
  const { awarded, tied } = choose(rows, { awards: 3, budget: { total: 6000, partial: true } })
  t.strictSame([awarded, tied], [['A'], ['B', 'C']])
})

t.test('a minimum and a budget together: cheap ones make room', async t => {
  const rows = list('A RS 4000', 'B RS 3000', 'C BG 3000', 'D BG 1000')
  const { awarded } = choose(rows, { awards: 3, limits: [{ field: 'country', min: 1 }], budget: { total: 5000 } })
  t.strictSame(awarded, ['A', 'D'])
})

t.test('seats: so many of each value, so many in reserve for each', async t => {
  const rows = list('A BG', 'B BG', 'C RS', ['D BG', 'E BG'], 'F RS', 'G XX')
  const { awarded, tied, reserve, reasons, limits } = choose(rows, {
    seats: { field: 'country', places: { BG: 3, RS: 1, HR: 2 }, reserve: 1 }
  })
  t.strictSame(awarded, ['A', 'B', 'C'])
  t.strictSame(tied, ['D', 'E'])
  t.strictSame(reserve, ['F', 'G'])
  t.strictSame(reasons.G, { code: 'reserve', because: 'places' })
  t.strictSame(limits, [])
})

t.test('below a threshold is out, with every threshold missed', async t => {
  const rows = list('A', 'B', 'C').map((row, index) => ({ ...row, failed: index === 0 ? ['total', 'need'] : [] }))
  const { awarded, belowThreshold, reasons } = choose(rows, { awards: 5, reserve: 3 })
  t.strictSame([awarded, belowThreshold], [['B', 'C'], ['A']])
  t.strictSame(reasons.A, { code: 'threshold:total', failed: ['total', 'need'] })
})

t.test('no proposals, no places, no money', async t => {
  t.strictSame(choose([], { awards: 5 }).awarded, [])
  t.strictSame(choose(list('A'), { awards: 0 }).reasons, { A: { code: 'places' } })
  t.strictSame(choose(list('A RS 1'), { budget: { total: 0 } }).reasons, { A: { code: 'limit:budget' } })
})

t.test('a hundred level proposals of many kinds still get an answer', async t => {
  const level = Array.from({ length: 100 }, (_, index) => `P${index} C${index % 25} 0 I${index % 7}`)
  const limits = [
    { field: 'country', max: 1 },
    { field: 'institution', max: 3 }
  ]
  const { awarded, tied } = choose(list('A RS', level, 'Z HR'), { awards: 10, limits })
  t.strictSame(awarded, ['A'])
  t.equal(tied.length >= 100, true)
})

/** Every subset, the best by its sorted ranks: slow, plain and certainly right where no ranks are shared. */
function bestByTrying(rows: readonly Ranked[], given: RankRules): string[] | null {
  if (given.seats) return null
  const { awards, limits, budget } = given
  const values = (field: string) => [...new Set(rows.map(({ proposal }) => String(proposal[field])))]
  let best: number[] | null = null
  for (let bits = 0; bits < 1 << rows.length; bits++) {
    const taken = rows.filter((_, index) => bits & (1 << index))
    const of = (field: string, value: string, some: readonly Ranked[]) =>
      some.filter(({ proposal }) => String(proposal[field]) === value).length
    const within = limits.every(({ field, min, max }) =>
      values(field).every(value => {
        const count = of(field, value, taken)
        return count >= Math.min(min, of(field, value, rows), max ?? min) && (max === null || count <= max)
      })
    )
    const amounts = taken.map(({ proposal }) => Number(proposal.requested))
    const spent = amounts.reduce((a, b) => a + b, 0)
    const fits = !budget || spent <= budget.total || (budget.partial && spent - (amounts.at(-1) ?? 0) < budget.total)
    if (taken.length > awards || !within || !fits) continue
    const places = rows.flatMap((_, index) => (bits & (1 << index) ? [index] : []))
    if (best === null || precedes(places, best)) best = places
  }
  return best?.map(index => rows[index]?.proposal.id ?? '') ?? null
}

/** Throws, so that fast-check shrinks what it found. */
function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  }
}

function precedes(a: readonly number[], b: readonly number[]): boolean {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [one, other] = [a[index] ?? Infinity, b[index] ?? Infinity]
    if (one !== other) return one < other
  }
  return false
}

const someRows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 })), {
    maxLength: 9
  })
  .map(rows => list(...rows.map(([country, amount, house], index) => `P${index} C${country} ${amount} I${house}`)))
const someLimit = (field: string) =>
  fc
    .record({ min: fc.integer({ min: 0, max: 2 }), more: fc.option(fc.integer({ min: 0, max: 2 })) })
    .map(({ min, more }) => ({
      field,
      min,
      max: more === null ? null : min + more
    }))
const someRules = fc
  .record({
    awards: fc.integer({ min: 0, max: 6 }),
    limits: fc
      .tuple(fc.option(someLimit('country')), fc.option(someLimit('institution')))
      .map(limits => limits.filter(limit => limit !== null)),
    budget: fc.option(fc.record({ total: fc.integer({ min: 0, max: 25 }), partial: fc.boolean() }))
  })
  .map(rules)

/** Who of equal ones is the last, and gets what is left, is no matter of being in or out: that has its own test. */
const wholeAwards = someRules.map(given =>
  given.budget ? { ...given, budget: { ...given.budget, partial: false } } : given
)

t.test('the set is the one that trying them all finds', async () => {
  fc.assert(
    fc.property(someRows, someRules, (rows, given) => {
      const { selection, feasible } = selected(rows, given)
      const best = bestByTrying(rows, given)
      same([feasible, selection.awarded, selection.tied], [best !== null, best ?? [], []])
    }),
    { numRuns: 300, seed: 3 }
  )
})

t.test('ties: in is who is in for every order of the equal ones, tied who is for some', async () => {
  const levels = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(someRows, levels, wholeAwards, (rows, sizes, given) => {
      const groups: Ranked[][] = []
      const left = rows.slice(0, 7)
      for (let at = 0; left.length > 0; at++) groups.push(left.splice(0, sizes[at % sizes.length] ?? 1))
      const ranked = groups.flatMap((group, at) => {
        const before = groups.slice(0, at).flat().length
        return group.map(row => ({ ...row, rank: before + 1 }))
      })
      const sets = orders(groups).map(
        order =>
          selected(
            order.map((row, index) => ({ ...row, rank: index + 1 })),
            given
          ).selection.awarded
      )
      const ids = ranked.map(({ proposal }) => proposal.id)
      const { awarded, tied } = selected(ranked, {
        ...given,
        ...(given.seats ? {} : { reserve: 0 })
      } as RankRules).selection
      const every = ids.filter(id => sets.every(set => set.includes(id)))
      const some = ids.filter(id => sets.some(set => set.includes(id)) && !sets.every(set => set.includes(id)))
      same([[...awarded].sort(), [...tied].sort()], [every.sort(), some.sort()])
    }),
    { numRuns: 150, seed: 5 }
  )
})

function orders(groups: readonly Ranked[][]): Ranked[][] {
  const permutations = (some: readonly Ranked[]): Ranked[][] =>
    some.length === 0
      ? [[]]
      : some.flatMap((row, index) =>
          permutations(some.filter((_, other) => other !== index)).map(rest => [row, ...rest])
        )
  return groups.reduce<Ranked[][]>(
    (all, group) => all.flatMap(before => permutations(group).map(order => [...before, ...order])),
    [[]]
  )
}
