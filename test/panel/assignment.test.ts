import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { solveInWorker } from '../../src/jobs/solver.ts'
import { solveAssignment } from '../../src/panel/assignment.ts'
import { weighAssignment } from '../../src/panel/assignmentcheck.ts'
import type { AssignmentInput, Objective } from '../../src/panel/assignmentinput.ts'
import { readAssignment, UnreadableAssignment } from '../../src/panel/assignmentinput.ts'
import type { AssignmentResult } from '../../src/panel/assignmentresult.ts'
import type { Weighed } from './weighed.ts'
import { aCase, everyAssignment, weighed } from './weighed.ts'

const cases = new URL('./cases/assignment/', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, cases), 'utf8'))
const noSolver = () => Promise.reject(new Error('a plain total needs no solver'))
const assigned = (given: unknown, change: Partial<AssignmentInput> = {}) =>
  solveAssignment({ ...readAssignment(given), ...change }, solveInWorker)

/** The figures of a result say what its pairs say, and no rule is broken. */
function holds(t: Test, given: unknown, result: AssignmentResult): Weighed {
  const second = weighed(aCase(readAssignment(given)), result.assignment)
  t.strictSame(second.faults, [], 'no rule is broken')
  const { total, min, relMin, loads, components, kept, newPairs } = result
  t.strictSame([total, min, components, kept], [second.total, second.min, second.components, second.kept])
  t.strictSame([Object.values(loads), kept + newPairs], [second.loads, result.assignment.length])
  if (relMin) t.equal(relMin.num * second.relative[1], relMin.den * second.relative[0], 'the worst share is right')
  return second
}

t.test('every case that can be checked by hand', async t => {
  for (const file of readdirSync(new URL('hand/', cases)).sort()) {
    const given = read(`hand/${file}`)
    const { expected } = given
    t.test(given.title, async t => {
      if (!expected.feasible) return explained(t, await assigned(given), expected)
      if (given.previous) {
        const result = await assigned(given)
        holds(t, given, result)
        t.match(result, { objective: 'keep', status: 'optimal', assignment: expected.assignment })
        t.strictSame([result.kept, result.newPairs, result.total], [expected.kept, expected.newPairs, expected.total])
        t.strictSame(result.bound, { total: expected.total, kept: expected.kept })
        return
      }
      const total = await assigned(given)
      holds(t, given, total)
      t.match(total, { status: 'optimal', total: expected.total.value, bound: { total: expected.total.value } })
      if (expected.total.optima === 1) t.strictSame(total.assignment, expected.total.assignment)

      const absolute = await assigned(given, { objective: 'abs-floor' })
      holds(t, given, absolute)
      const { absFloor, relFloor } = expected
      t.match(absolute, { status: 'optimal', min: absFloor.min, total: absFloor.total })
      t.strictSame(absolute.bound, { total: absFloor.total, absFloor: absFloor.min })
      if (absFloor.optima === 1) t.strictSame(absolute.assignment, absFloor.assignment)

      const relative = await assigned(given, { objective: 'rel-floor' })
      holds(t, given, relative)
      t.match(relative, { status: 'optimal', total: relFloor.total, bound: { relFloor: relFloor.num / relFloor.den } })
      t.equal((relative.relMin?.num ?? 0) * relFloor.den, (relative.relMin?.den ?? 0) * relFloor.num)
      if (relFloor.optima === 1) t.strictSame(relative.assignment, relFloor.assignment)

      const fairest = await assigned(given, { objective: 'leximin' })
      t.strictSame(holds(t, given, fairest).sorted, expected.leximin)
      t.match(fairest, { status: 'optimal', bound: { leximin: expected.leximin } })
      if (expected.leximinAssignment) t.strictSame(fairest.assignment, expected.leximinAssignment)
    })
  }
})

/** The reference names what it is sure of; each of its keys has the same name in our explanation. */
function explained(t: Test, { status, explanation, assignment }: AssignmentResult, expected: object) {
  const { feasible: _, ...sure } = expected as Record<string, unknown>
  t.strictSame([status, assignment], ['infeasible', []])
  const said = explanation as unknown as Record<string, unknown>
  for (const [key, value] of Object.entries(sure)) t.strictSame(said[key], value, key)
}

t.test('the usual size and a larger one, under every set of rules', async t => {
  for (const file of ['s35x12.json', 's120x40.json']) {
    const given = read(file)
    const { total, absFloor, relFloor, totalWithRules } = given.expected
    const plain = await solveAssignment(readAssignment(given), noSolver)
    holds(t, given, plain)
    t.match(plain, { status: 'optimal', total: total.value })
    for (const { rules, value } of totalWithRules) {
      const result = await assigned(given, { rules })
      holds(t, { ...given, rules }, result)
      t.match(result, { status: 'optimal', total: value }, JSON.stringify(rules))
    }
    const absolute = await assigned(given, { objective: 'abs-floor' })
    holds(t, given, absolute)
    t.match(absolute, { status: 'optimal', min: absFloor.min, total: absFloor.total })

    const relative = await assigned(given, { objective: 'rel-floor' })
    holds(t, given, relative)
    t.match(relative, { status: 'optimal', total: relFloor.total })
    t.equal((relative.relMin?.num ?? 0) * relFloor.den, (relative.relMin?.den ?? 0) * relFloor.num)
  }
})

t.test('the seed decides among equals, and nothing else does', async t => {
  const given = read('hand/h20-ties.json')
  const bySeed = async (seed: number) =>
    JSON.stringify(await solveAssignment({ ...readAssignment(given), seed }, noSolver))
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(bySeed))
  t.ok(new Set(answers.map(answer => JSON.stringify(JSON.parse(answer).assignment))).size >= 2)
  t.equal(await bySeed(7), answers[6], 'the same seed gives the same bytes')

  const sorted = (result: AssignmentResult) => result.assignment.map(String).sort()
  const input = readAssignment(read('s35x12.json'))
  const turned: AssignmentInput = {
    ...input,
    proposals: input.proposals.toReversed(),
    jurors: input.jurors.toReversed(),
    affinity: (input.affinity ?? []).toReversed().map(row => row.toReversed())
  }
  const one = await solveAssignment(input, noSolver)
  const other = await solveAssignment(turned, noSolver)
  t.strictSame(sorted(other), sorted(one), 'the order in which people stand in the file does not matter')
  const fair = await assigned(given, { objective: 'rel-floor', seed: 3 })
  t.strictSame(await assigned(given, { objective: 'rel-floor', seed: 3 }), fair, 'with the solver too')
})

t.test('pairs listed sparsely mean what the same matrix means', async t => {
  const input = readAssignment(read('s120x40.json'))
  const { affinity = [], ...rest } = input
  const listed = affinity.map(row => [...row.entries()].filter(([, value]) => value !== null))
  const sparse = { j: listed.map(row => row.map(([j]) => j)), a: listed.map(row => row.map(([, value]) => value ?? 0)) }
  const result = await solveAssignment(readAssignment({ ...rest, sparse }), noSolver)
  t.strictSame(result.assignment, (await solveAssignment(input, noSolver)).assignment)
})

t.test('random small programmes, against every assignment there is', async t => {
  const searched = fc.assert(
    fc.asyncProperty(programmes, async input => {
      const all = everyAssignment(aCase(input))
      for (const objective of ['total', 'abs-floor', 'rel-floor', 'leximin', 'keep'] as const) {
        const result = await solveAssignment({ ...input, objective }, solveInWorker)
        if (all.length === 0) {
          if (result.status !== 'infeasible') throw new Error('assigned what cannot be')
          return
        }
        const mine = weighed(aCase(input), result.assignment)
        if (result.status !== 'optimal') throw new Error(`${objective} is ${result.status}`)
        if (mine.faults.length > 0) throw new Error(`${objective}: ${mine.faults}`)
        const better = all.find(other => compare(worth(objective, other), worth(objective, mine)) > 1e-12)
        if (better) throw new Error(`${objective}: ${worth(objective, mine)} but ${worth(objective, better)} exists`)
      }
    }),
    { seed: 20261123, numRuns: 60 }
  )
  await t.resolves(searched)
})

t.test('what stays undone, and what would help, on random networks', async t => {
  const searched = fc.assert(
    fc.asyncProperty(programmes, async input => {
      const { explanation } = await solveAssignment({ ...input, rules: {} }, noSolver)
      if (!explanation || explanation.reason === 'locked-conflict') return
      const { reason, shortage, cut, relax } = explanation
      if (['capacity', 'eligible', 'subset'].includes(reason) && explanation.starved.length === 0 && !input.locked) {
        const { matrix } = aCase(input)
        const inside = (ids: string[], id: string) => ids.includes(id)
        let value = 0
        for (const [i, { id, demand }] of input.proposals.entries()) {
          if (!inside(cut.proposals, id)) continue
          value += demand
          value -= input.jurors.filter((juror, j) => !inside(cut.jurors, juror.id) && matrix[i]?.[j] !== null).length
        }
        for (const { id, max } of input.jurors) if (inside(cut.jurors, id)) value -= max
        if (value !== shortage) throw new Error(`the cut says ${value}, the shortage is ${shortage}`)
      }
      const raise = relax.raiseEveryMaxBy
      if (raise === undefined) return
      const higher = (by: number) => ({
        ...input,
        rules: {},
        jurors: input.jurors.map(j => ({ ...j, max: j.max + by }))
      })
      if (everyAssignment(aCase(higher(raise))).length === 0) throw new Error('the raise does not help')
      if (everyAssignment(aCase(higher(raise - 1))).length > 0) throw new Error('a smaller raise would help')
    }),
    { seed: 20261124, numRuns: 150 }
  )
  await t.resolves(searched)
})

t.test('groups that share no juror are joined at the least cost', async t => {
  const groups = 4
  const ids = Array.from({ length: 3 * groups }, (_, x) => x)
  const given: AssignmentInput = {
    format: 'asg-1',
    proposals: ids.map(x => ({ id: `P${x}`, demand: 2 })),
    jurors: ids.map(x => ({ id: `J${x}`, max: 3 })),
    affinity: ids.map(p => ids.map(j => (Math.floor(p / 3) === Math.floor(j / 3) ? 10 : 1))),
    rules: { connected: true }
  }
  const result = await assigned(given)
  holds(t, given, result)
  t.match(result, { status: 'optimal', components: 1, total: 240 - 9 * (groups - 1) })
})

t.test('a rule that nothing can meet is named, also when it takes two of them', async t => {
  const people = [
    { id: 'Juno', max: 1, country: 'BG', langs: ['bg'] },
    { id: 'Olu', max: 1, country: 'BG', langs: ['bg'] }
  ]
  const alone = { format: 'asg-1' as const, jurors: people, affinity: [[1, 1]] }
  const apart = await assigned({
    ...alone,
    proposals: [
      { id: 'A', demand: 1 },
      { id: 'B', demand: 1 }
    ],
    affinity: [
      [1, 1],
      [1, 1]
    ],
    rules: { connected: true }
  })
  t.match(apart.explanation, { reason: 'rule', rule: 'connected', totalWithoutRule: 2, relax: { raiseEveryMaxBy: 1 } })

  const twice = await assigned({
    ...alone,
    proposals: [{ id: 'A', demand: 2, lang: 'el' }],
    rules: { minReaders: 1, minCountries: 2 }
  })
  t.match(twice.explanation, { reason: 'rule', rule: 'minReaders', rules: ['minReaders', 'minCountries'] })
  t.strictSame(twice.explanation?.relax, { extraJurors: { count: 1, max: 1 } })
})

t.test('locks that ask for more places than there are', async t => {
  const given = read('hand/h01-total.json')
  const locked: [string, string][] = [
    ['P1', 'J1'],
    ['P2', 'J1'],
    ['P3', 'J1']
  ]
  const { status, explanation } = await assigned(given, { locked })
  t.match({ status, explanation }, { status: 'infeasible', explanation: { reason: 'locked-conflict', pairs: locked } })
  const gone = await assigned(given, { locked: [['P1', 'J1']], withdrawn: ['J1'] })
  t.match(gone.explanation, { reason: 'locked-conflict', pairs: [['P1', 'J1']] })
})

t.test('nothing to assign is assigned at once', async t => {
  const empty = { format: 'asg-1', proposals: [], jurors: [], affinity: [] }
  for (const objective of ['total', 'abs-floor', 'rel-floor', 'leximin'] as const) {
    const result = await solveAssignment(readAssignment({ ...empty, objective, rules: { connected: true } }), noSolver)
    t.match(result, { status: 'optimal', assignment: [], total: 0, min: null, relMin: null, components: 0 })
  }
  const many = {
    format: 'asg-1',
    proposals: [{ id: 'A', demand: 1e9 }],
    jurors: [{ id: 'Juno', max: 1e12 }],
    affinity: [[1e9]]
  }
  const { explanation } = await solveAssignment(readAssignment(many), noSolver)
  t.match(explanation, { reason: 'capacity', shortage: 1e9 - 1, relax: {} })
})

t.test('an assignment made by hand is weighed', async t => {
  const input = readAssignment(read('hand/h26-all-rules.json'))
  const best = read('hand/h26-all-rules.json').expected.total.assignment
  t.match(weighAssignment(input, best), { faults: [], figures: { total: 54, components: 1 } })
  const changed = best.map(([p, j]: [string, string]) => (p === 'P4' && j === 'J3' ? ['P4', 'J4'] : [p, j]))
  const { faults } = weighAssignment(input, [...changed, ['P2', 'J1'], ['P9', 'J1']])
  t.strictSame(faults, [
    { code: 'conflict', proposal: 'P4', juror: 'J4' },
    { code: 'twice', proposal: 'P2', juror: 'J1' },
    { code: 'unknown', proposal: 'P9', juror: 'J1' },
    { code: 'panel_size', proposal: 'P4', found: 1, wanted: 2 },
    { code: 'minCountries', proposal: 'P4', found: 1, wanted: 2 },
    { code: 'connected', found: 2, most: 1 }
  ])
})

t.test('what cannot be read is refused with its place', async t => {
  const good = read('hand/h02-fair-vs-total.json')
  const wrong: [change: object, mistake: object][] = [
    [{ format: 'asg-2' }, { code: 'unknown_format', at: 'format' }],
    [{ extra: 1 }, { code: 'unknown_key', at: '.', key: 'extra' }],
    [{ proposals: undefined }, { code: 'missing_key', at: 'proposals' }],
    [{ proposals: [{ id: 'P1', demand: 1.5 }] }, { code: 'not_whole', at: 'proposals[0].demand' }],
    [{ proposals: [{ id: 'P1', demand: -1 }] }, { code: 'not_whole', at: 'proposals[0].demand' }],
    [{ proposals: [{ id: 'P1', demand: 1, wish: 1 }] }, { code: 'unknown_key', at: 'proposals[0]', key: 'wish' }],
    [{ jurors: [{ id: 'J1', min: 3, max: 2 }] }, { code: 'min_above_max', at: 'jurors[0]', id: 'J1' }],
    [
      {
        jurors: [
          { id: 'J1', max: 2 },
          { id: 'J1', max: 2 }
        ]
      },
      { code: 'same_id', at: 'jurors[1]', id: 'J1' }
    ],
    [{ affinity: [[1, 2, 3, 4]] }, { code: 'wrong_size', at: 'affinity', found: 1, wanted: 3 }],
    [{ affinity: [[1], [1], [1]] }, { code: 'wrong_size', at: 'affinity[0]', found: 1, wanted: 4 }],
    [{ affinity: undefined }, { code: 'missing_key', at: 'affinity' }],
    [{ sparse: { j: [], a: [] } }, { code: 'two_matrices', at: 'sparse' }],
    [
      { affinity: undefined, sparse: { j: [[0], [9], []], a: [[1], [1], []] } },
      { code: 'wrong_value', at: 'sparse.j[1][0]' }
    ],
    [
      { affinity: undefined, sparse: { j: [[0, 0], [], []], a: [[1, 1], [], []] } },
      { code: 'wrong_value', at: 'sparse.j[0][1]' }
    ],
    [{ conflicts: [['P9', 'J1']] }, { code: 'unknown_proposal', at: 'conflicts[0]', id: 'P9' }],
    [{ locked: [['P1', 'J9']] }, { code: 'unknown_juror', at: 'locked[0]', id: 'J9' }],
    [{ withdrawn: ['J9'] }, { code: 'unknown_juror', at: 'withdrawn[0]', id: 'J9' }],
    [{ rules: { atLeast: 1 } }, { code: 'unknown_key', at: 'rules', key: 'atLeast' }],
    [{ objective: 'best' }, { code: 'unknown_objective', at: 'objective' }],
    [{ seed: 'seven' }, { code: 'wrong_value', at: 'seed' }]
  ]
  for (const [change, mistake] of wrong) {
    const given = JSON.parse(JSON.stringify({ ...good, ...change }))
    t.strictSame(mistakeIn(given), mistake)
  }
  for (const nothing of [null, 7, [], 'text']) t.throws(() => readAssignment(nothing), { name: 'UnreadableAssignment' })
})

function mistakeIn(given: unknown) {
  try {
    return readAssignment(given)
  } catch (problem) {
    return problem instanceof UnreadableAssignment ? problem.mistake : problem
  }
}

const programmes = fc
  .record({ proposals: fc.integer({ min: 1, max: 4 }), jurors: fc.integer({ min: 1, max: 5 }) })
  .chain(({ proposals, jurors }) => {
    const country = fc.constantFrom('BG', 'RO', null)
    const langs = fc.subarray(['bg', 'ro'])
    const pair = fc.tuple(
      fc.integer({ min: 0, max: proposals - 1 }).map(x => `P${x}`),
      fc.integer({ min: 0, max: jurors - 1 }).map(x => `J${x}`)
    )
    const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
    return fc.record(
      {
        format: fc.constant('asg-1' as const),
        proposals: fc
          .array(fc.record({ demand: fc.integer({ min: 0, max: 3 }), country, lang: fc.constantFrom('bg', 'ro') }), {
            minLength: proposals,
            maxLength: proposals
          })
          .map(list => list.map((one, x) => ({ id: `P${x}`, ...one }))),
        jurors: fc
          .array(
            fc.record({ min: fc.integer({ min: 0, max: 1 }), max: fc.integer({ min: 1, max: 4 }), country, langs }),
            {
              minLength: jurors,
              maxLength: jurors
            }
          )
          .map(list => list.map((one, x) => ({ id: `J${x}`, ...one }))),
        affinity: fc.array(
          fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { freq: 6 }), { minLength: jurors, maxLength: jurors }),
          { minLength: proposals, maxLength: proposals }
        ),
        conflictRules: fc.constantFrom([], [], ['country' as const]),
        locked: fc.array(pair, { maxLength: 1 }),
        previous: fc.array(pair, { maxLength: 4 }),
        rules: fc.record(
          {
            minReaders: some(fc.constant(1)),
            minCountries: some(fc.integer({ min: 2, max: 3 })),
            maxSameCountry: some(fc.integer({ min: 1, max: 2 })),
            connected: some(fc.boolean()),
            floor: some(fc.integer({ min: 1, max: 8 }))
          },
          { requiredKeys: [] }
        )
      },
      { requiredKeys: ['format', 'proposals', 'jurors', 'affinity'] }
    )
  })
  .map(given => readAssignment(JSON.parse(JSON.stringify(given))))

/** What an objective compares, first things first. */
function worth(objective: Objective, one: Weighed): number[] {
  const share = one.relative[0] === Number.MAX_SAFE_INTEGER ? 1 : one.relative[0] / one.relative[1]
  if (objective === 'abs-floor') return [one.min === Infinity ? 0 : one.min, one.total]
  if (objective === 'rel-floor') return [share, one.total]
  if (objective === 'leximin') return one.sorted
  return objective === 'keep' ? [one.kept, one.total] : [one.total]
}

function compare(a: number[], b: number[]): number {
  const at = a.findIndex((figure, x) => Math.abs(figure - (b[x] ?? 0)) > 1e-12)
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
