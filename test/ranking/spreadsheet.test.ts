import fc from 'fast-check'
import t from 'tap'
import { rankingCsv } from '../../src/ranking/csv.ts'
import { readProposalList, readReviews, readRubric } from '../../src/ranking/files.ts'
import { checked, combined, inputHash, rankInput } from '../../src/ranking/input.ts'
import { type Ranking, rankingOf } from '../../src/ranking/ranking.ts'
import { exampleFile } from './support.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const RUBRIC = {
  scale: { min: 0, max: 5, step: 0.5 },
  criteria: [
    { id: 'need', weight: 60, threshold: 2 },
    { id: 'plan', weight: 40 }
  ],
  rules: { method: 'weightedMean', awards: 1, reserve: 1 }
}
const rubric = readRubric({ name: 'rubric.json', bytes: bytes(JSON.stringify(RUBRIC)) })

function run(scores: string, { proposals, version = '1' }: { proposals?: string; version?: string } = {}): Ranking {
  const list = proposals === undefined ? null : readProposalList({ name: 'proposals.csv', bytes: bytes(proposals) })
  return rankingOf(checked(combined(readReviews({ name: 'scores.csv', bytes: bytes(scores) }, rubric), rubric, list)), {
    version
  })
}
const ranking = (scores: string) => JSON.stringify(run(scores).result.ranking)

const LONG = `proposal,juror,criterion,score
P1,J1,need,4
P1,J1,plan,3.5
P2,J1,need,2.5
P2,J1,plan,
P2,J2,need,5
`
const JSON_FORM = JSON.stringify({
  reviews: [
    { proposal: 'P2', juror: 'J2', scores: { plan: null, need: 5 } },
    { proposal: 'P1', juror: 'J1', scores: { plan: 3.5, need: 4.0 } },
    { proposal: 'P2', juror: 'J1', scores: { need: 2.5 } }
  ]
})

t.test('the same scores in every form give the same bytes', async t => {
  const forms: Record<string, string> = {
    'long, other order of columns and rows': `score,criterion,juror,proposal
5,need,J2,P2
,plan,J1,P2
2.5,need,J1,P2
3.50,plan,J1,P1
4,need,J1,P1
`,
    'long with columns that are passed over': LONG.replace('score', 'score,review,comment,status')
      .replaceAll(/^(P.*)$/gm, '$1,R1,"a, ""b""\nc",counted')
      .replace('P1,J1,need,4,', 'P1,J1,need,+4.0,'),
    wide: 'proposal,juror,plan,need\nP2,J2,,5\nP1,J1,3.5,4\nP2,J1,,2.5\n',
    'wide, semicolons, decimal commas, mark, CRLF':
      '\ufeffproposal;juror;need;plan\r\nP1;J1;4,0;3,5\r\nP2;J1;2,5;\r\nP2;J2;5;\r\n',
    'semicolons with decimal points, short row, blank lines':
      'proposal;juror;need;plan\n\nP1;J1;4;3.5\nP2;J1;2.5\n;;;\nP2;J2;5;\n\n',
    json: JSON_FORM
  }
  for (const [name, form] of Object.entries(forms)) {
    t.equal(ranking(form), ranking(LONG), name)
    t.equal(run(form).result.inputHash, run(LONG).result.inputHash, `${name}: the same hash`)
  }
})

t.test('one number per juror and proposal: long, JSON rows, and a single criterion', async t => {
  const rows = {
    scale: { min: 0, max: 10 },
    reviews: [
      ['P1', 'J1', 7],
      ['P2', 'J1', 8.5],
      ['P2', 'J2', null]
    ]
  }
  const single = { ...RUBRIC, scale: rows.scale, criteria: undefined }
  const rules = readRubric({ name: 'r.json', bytes: bytes(JSON.stringify(single)) })
  const ofCsv = (text: string, scheme = rules) =>
    rankingOf(checked(combined(readReviews({ name: 's.csv', bytes: bytes(text) }, scheme), scheme, null)), {
      version: '1'
    })
  const ofJson = rankingOf(rankInput({ ...rows, rules: RUBRIC.rules }), { version: '1' })
  const csv = 'proposal,juror,score\nP1,J1,7\nP2,J1,8.5\nP2,J2,\n'
  t.strictSame(ofCsv(csv).result, ofJson.result)
  t.strictSame(
    ofJson.result.ranking.map(({ total }) => total),
    [85, 70]
  )
  t.match(rankingCsv(ofJson), /^rank,proposal,country,requested,reviews,total,/)
  const one = readRubric({ name: 'r.json', bytes: bytes(JSON.stringify({ ...single, criteria: [{ id: 'all' }] })) })
  const long = 'proposal,juror,criterion,score\nP1,J1,all,7\nP2,J1,all,8.5\n'
  t.strictSame(ofCsv(csv, one).result.ranking, ofCsv(long, one).result.ranking)
})

t.test('the example and the admission, byte for byte', async t => {
  const of = (scores: string, scheme: string, proposals: string) => {
    const rubric = readRubric(exampleFile(scheme))
    const raw = combined(readReviews(exampleFile(scores), rubric), rubric, readProposalList(exampleFile(proposals)))
    return rankingOf(checked(raw), { version: '1' })
  }
  const text = (name: string) => new TextDecoder().decode(exampleFile(name).bytes)
  const awards = of('scores.csv', 'rank/awards.rubric.json', 'rank/awards.proposals.csv')
  t.equal(rankingCsv(awards), text('expected/ranking.csv'))
  const whole = of('scores.csv', 'rank/awards.rubric.json', 'proposals.json')
  t.strictSame(whole.result, awards.result, 'with the proposals as the site holds them, too')
  const admission = of('rank/admission.scores.csv', 'rank/admission.rubric.json', 'rank/admission.proposals.csv')
  const outcomes = [...admission.sheet]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, proposal, outcome }) => [id, proposal.country, outcome].join(','))
  const wanted = text('expected/admission.csv').trim().split('\n').slice(1)
  t.strictSame(
    outcomes,
    wanted.map(line => line.replace(/,[\d.]+,/, ','))
  )
  const totals = rankingCsv(admission)
    .split('\n')
    .slice(1, -1)
    .map(line => line.split(','))
  t.strictSame(
    new Map(totals.map(cells => [cells[1], cells[9]])),
    new Map(wanted.map(line => [line.split(',')[0], line.split(',')[2]]))
  )
})

t.test('what was normalised is read again as the same', async t => {
  for (const form of [JSON_FORM, LONG]) {
    const { input } = run(form).list
    t.strictSame(rankInput(JSON.parse(JSON.stringify(input))), input)
  }
  const rows = rankInput({
    reviews: [
      ['P1', 'J1', 7],
      ['P1', 'J2', 3, 'void'],
      ['P2', 'J1', null]
    ],
    rules: { seats: { field: 'country', places: { BG: 1 } } }
  })
  t.strictSame(rankInput(JSON.parse(JSON.stringify(rows))), rows)
})

t.test('the hash is of what matters and not of its order', async t => {
  const scores = fc.constantFrom(null, 0, 0.5, 2, 4.5, 5)
  const review = fc.tuple(fc.nat(4), fc.nat(3), scores, scores)
  fc.assert(
    fc.property(fc.uniqueArray(review, { selector: ([p, j]) => `${p} ${j}` }), fc.integer(), (some, seed) => {
      const reviews = some.map(([p, j, need, plan]) => ({ proposal: `P${p}`, juror: `J${j}`, scores: { need, plan } }))
      const proposals = [0, 1, 2, 3, 4].map(index => `P${index}`)
      const one = rankInput({ ...RUBRIC, proposals, reviews })
      const other = rankInput({
        rules: RUBRIC.rules,
        reviews: shuffled(reviews, seed).map(({ scores: { need, plan }, ...rest }) => ({
          scores: { plan, need },
          ...rest
        })),
        proposals: shuffled(proposals, seed),
        criteria: [...RUBRIC.criteria].reverse(),
        scale: RUBRIC.scale
      })
      if (inputHash(one) !== inputHash(other)) throw new Error('another hash')
      const [a, b] = [one, other].map(input => JSON.stringify(rankingOf(input, { version: '1' }).result.ranking))
      if (a !== b) throw new Error(`${a} and ${b}`)
    })
  )
  const changed = { reviews: [['P1', 'J1', 7.5]], rules: { method: 'rawMean' } }
  t.not(inputHash(rankInput(changed)), inputHash(rankInput({ ...changed, reviews: [['P1', 'J1', 7]] })))
  t.match(inputHash(rankInput(changed)), /^sha256:[0-9a-f]{64}$/)
})

/** In an order that follows from the seed. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  return list
    .map((item, index) => ({ item, key: Math.imul(index + 1, seed | 1) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

t.test('bad sheets are refused with file, row and column', async t => {
  const refused = (scores: string, code: string, place: object, proposals?: string) => {
    try {
      run(scores, proposals === undefined ? {} : { proposals })
      t.fail(`${code}: taken`)
    } catch (problem) {
      const { code: found, place: where } = problem as { code: string; place: Record<string, unknown> }
      t.strictSame([found, JSON.parse(JSON.stringify(where))], [code, place], code)
    }
  }
  const file = 'scores.csv'
  const wide = (...rows: string[]) => ['proposal,juror,need,plan', ...rows, ''].join('\n')
  const long = (...rows: string[]) => ['proposal,juror,criterion,score', ...rows, ''].join('\n')
  refused(wide('P1,J1,4,5', 'P2,J1,6,5'), 'outside_scale', { file, row: 3, column: 'need' })
  refused(wide('P1,J1,4.25,5'), 'off_step', { file, row: 2, column: 'need' })
  refused(wide('P1,J1,four,5'), 'no_number', { file, row: 2, column: 'need' })
  refused(wide('P1,J1,"4,5",5'), 'no_number', { file, row: 2, column: 'need' })
  refused(wide('P1,J1,4,5', 'P1,J1,4,5'), 'second_review', { file, row: 3 })
  refused(long('P1,J1,need,4', 'P1,J1,need,4'), 'second_score', { file, row: 3 })
  refused(long('P1,J1,cost,4'), 'unknown_criterion', { file, row: 2, column: 'criterion' })
  refused(long('P1,J1,need,4', 'P1,J1,plan,9'), 'outside_scale', { file, row: 3, column: 'score' })
  refused(long('P1,,need,4'), 'empty_cell', { file, row: 2, column: 'juror' })
  refused(long('P1,J1,,4'), 'empty_cell', { file, row: 2, column: 'criterion' })
  refused('proposal,juror,need,plan,cost\nP1,J1,1,1,1\n', 'column_unknown', { file, row: 1 })
  refused('proposal,juror,criterion,score,colour\nP1,J1,need,1,red\n', 'column_unknown', { file, row: 1 })
  refused('proposal,need\nP1,1\n', 'column_missing', { file, row: 1 })
  refused('proposal,juror,need,need\nP1,J1,1,1\n', 'column_twice', { file, row: 1 })
  refused('proposal,juror,need,status\nP1,J1,1,maybe\n', 'not_one_of', { file, row: 2, column: 'status' })
  refused(wide('P1,J1,1,1,1'), 'too_many_cells', { file, row: 2 })
  refused('proposal,juror,need,,\nP1,J1,1,2,\n', 'column_nameless', { file, row: 2 })
  refused('proposal,juror,need\nP1,J1,"1\n', 'csv_broken', { file, row: 2 })
  refused(' \n', 'empty_file', { file })
  refused('{"reviews": [', 'json_broken', { file, row: 1 })
  refused(wide('P1,J1,4,5'), 'unknown_proposal', { file, row: 2, column: 'proposal' }, 'id,country\nP2,BG\n')
  refused(wide('P1,J1,4,5'), 'twice_in_list', { file: 'proposals.csv', row: 3 }, 'id\nP1\nP1\n')
  refused(
    wide('P1,J1,4,5'),
    'no_number',
    { file: 'proposals.csv', row: 2, column: 'requested' },
    'id,requested\nP1,much\n'
  )
  const utf16 = { name: file, bytes: new Uint8Array([0xff, 0xfe, 0x70, 0]) }
  t.throws(() => readReviews(utf16, null), { code: 'not_utf8' })
})

t.test('a row is named by the line it begins on, cells with line breaks or not', async t => {
  const text = 'proposal,juror,need,plan,comment\nP1,J1,4,5,"one\ntwo\nthree"\nP2,J1,6,5,\n'
  t.throws(() => run(text), { code: 'outside_scale', place: { row: 5 } })
})

t.test('bad JSON is refused with its path', async t => {
  const refused = (input: object, code: string, path: string) => {
    try {
      rankInput({ ...RUBRIC, reviews: [], ...input })
      t.fail(`${code}: taken`)
    } catch (problem) {
      const { code: found, place } = problem as { code: string; place: { path?: string } }
      t.strictSame([found, place.path], [code, path])
    }
  }
  const good = { proposal: 'P1', juror: 'J1', scores: { need: 4 } }
  const rules = RUBRIC.rules
  refused({ reviews: [good, { ...good, juror: 'J2', scores: { need: 9 } }] }, 'outside_scale', 'reviews[1].scores.need')
  refused({ reviews: [{ ...good, scores: { need: '4' } }] }, 'wrong_kind', 'reviews[0].scores.need')
  refused({ reviews: [{ ...good, score: 4 }] }, 'unknown_key', 'reviews[0].score')
  refused({ reviews: [good, good] }, 'second_review', 'reviews[1]')
  refused({ reviews: [['P1', 'J1', 4], good] }, 'row_beside_scores', 'reviews[0]')
  refused({ reviews: [['P1', 'J1']] }, 'too_short', 'reviews[0]')
  refused({ reviews: [{ ...good, status: 'open' }] }, 'not_one_of', 'reviews[0].status')
  refused({ reviews: 'none' }, 'wrong_kind', 'reviews')
  refused({ rulez: {} }, 'unknown_key', 'rulez')
  refused({ rules: { ...rules, prizes: 5 } }, 'unknown_key', 'rules.prizes')
  refused({ rules: { ...rules, method: 'magic' } }, 'unknown_method', 'rules.method')
  refused({ rules: { ...rules, tieLadder: ['draw', 'criterion:need'] } }, 'rung_not_last', 'rules.tieLadder[0]')
  refused({ rules: { ...rules, tieLadder: ['criterion:cost'] } }, 'unknown_criterion', 'rules.tieLadder[0]')
  refused({ rules: { ...rules, tieLadder: ['coin'] } }, 'unknown_rung', 'rules.tieLadder[0]')
  refused({ rules: { ...rules, seats: { field: 'country', places: {} } } }, 'beside_seats', 'rules.awards')
  refused(
    { rules: { ...rules, limits: [{ field: 'country', min: 2, max: 1 }] } },
    'limit_upside_down',
    'rules.limits[0]'
  )
  refused({ rules: { ...rules, budget: { total: 100 } }, proposals: ['P1'] }, 'no_amount', 'proposals[0].requested')
  refused({ scale: { min: 5, max: 1 } }, 'scale_upside_down', 'scale')
  refused({ scale: null, rules: { totalThreshold: 60 } }, 'threshold_without_scale', 'rules.totalThreshold')
  refused({ criteria: [{ id: 'need', weight: 0 }] }, 'not_above', 'criteria[0].weight')
  refused({ criteria: [{ id: 'need' }, { id: 'need' }] }, 'twice_in_list', 'criteria')
  refused({ proposals: ['P1', { id: 'P1' }] }, 'twice_in_list', 'proposals[1]')
  refused({ proposals: ['P2'], reviews: [good] }, 'unknown_proposal', 'reviews[0].proposal')
  refused({ jurors: ['J2'], reviews: [good] }, 'unknown_juror', 'reviews[0].juror')
  refused({ jurors: ['J2'], recusals: [{ proposal: 'P1', juror: 'J1' }] }, 'unknown_juror', 'recusals[0]')
})

t.test('a void review is told of and nothing else', async t => {
  const text = `${LONG.replace('score\n', 'score,status\n').replaceAll(/(?<=\d|,)\n/g, ',\n')}P1,J9,need,99,void\n`
  const { result, sheet } = run(text)
  t.strictSame(
    result.warnings.filter(({ code }) => code === 'void_review'),
    [{ code: 'void_review', proposal: 'P1', juror: 'J9' }]
  )
  t.strictSame(
    sheet.map(({ reviews }) => reviews),
    [1, 2]
  )
  const given = (need: unknown) => ({ reviews: [{ proposal: 'P1', juror: 'J1', status: 'void', scores: { need } }] })
  const hashes = [JSON.stringify(given(4.5)), 'proposal,juror,need,status\nP1,J1,4.5,void\n'].map(
    text => run(text).result.inputHash
  )
  t.equal(hashes[0], hashes[1], 'the same in JSON and CSV, to the hash')
  t.ok(run('proposal,juror,need,status\nP1,J1,torn,void\n').result.inputHash, 'what is no number voids nothing more')
})

t.test('what a spreadsheet would run stays text', async t => {
  const csv = rankingCsv(run('proposal,juror,need,plan\n"=HYPERLINK(""x"")",J1,4,4\n"a, b",J1,3,3\n-5,J1,2,2\n'))
  t.match(csv, /^1,"'=HYPERLINK\(""x""\)",/m)
  t.match(csv, /^2,"a, b",/m)
  t.match(csv, /^3,-5,/m)
})

t.test('names that JavaScript knows are names like others', async t => {
  const words = ['__proto__', 'constructor', 'toString']
  const reviews = words.map(proposal => ({ proposal, juror: 'hasOwnProperty', scores: { valueOf: 3 } }))
  const { result } = rankingOf(
    rankInput({ scale: { max: 5 }, reviews, rules: { method: 'weightedMean', reserve: 1, awards: 1 } }),
    { version: '1' }
  )
  t.strictSame(
    result.ranking.map(({ proposal, total }) => [proposal, total]),
    words.map(word => [word, 60])
  )
  t.strictSame(Object.keys(result.selection.reasons), words)
})
