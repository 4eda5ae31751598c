import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { rank } from '../../src/cli/rank.ts'

const example = fileURLToPath(new URL('../../src/programmes/example/', import.meta.url))
const AWARDS = [
  `${example}scores.csv`,
  '--rubric',
  `${example}rank/awards.rubric.json`,
  '--proposals',
  `${example}rank/awards.proposals.csv`
]

async function run(argv: string[], input = '') {
  const written = { out: '', err: '' }
  const sink = (to: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        written[to] += chunk
        done()
      }
    })
  const code = await rank(argv, {
    stdin: Readable.from([Buffer.from(input)]),
    stdout: sink('out'),
    stderr: sink('err')
  })
  return { code, ...written }
}

const REVIEWS = JSON.stringify({
  reviews: [
    ['A', 'J', 5],
    ['B', 'J', 4],
    ['C', 'J', 4]
  ],
  rules: { method: 'rawMean', awards: 2, tieLadder: ['draw'] }
})

t.beforeEach(() => {
  process.env.LC_ALL = 'en_GB.UTF-8'
})

t.test('the example competition gives its table, byte for byte', async t => {
  const { code, out, err } = await run([...AWARDS, '--csv'])
  t.strictSame([code, err], [0, ''])
  t.equal(out, await readFile(`${example}expected/ranking.csv`, 'utf8'))
  const json = JSON.parse((await run([...AWARDS, '--json'])).out)
  const decision = JSON.parse(await readFile(`${example}expected/decision.json`, 'utf8'))
  const ids = (list: { proposal: string }[]) => list.map(({ proposal }) => proposal)
  t.strictSame(json.selection.awarded, ids(decision.awarded))
  t.strictSame(json.selection.reserve, ids(decision.reserve))
  t.strictSame(json.selection.limits, [{ field: 'country', price: { in: ['P32', 'P09'], out: ['P01', 'P15'] } }])
  t.strictSame(
    json.ties.map(({ proposals: [first, second], step }: { proposals: string[]; step: string }) => [
      first,
      second,
      step
    ]),
    decision.ties.map(({ first, second, broken_by }: Record<string, string>) => [
      first,
      second,
      `criterion:${broken_by}`
    ])
  )
})

t.test('standard input in, file out, and nothing on the screen', async t => {
  const file = `${t.testdir()}/out.json`
  t.strictSame(await run(['-', '--json', '--out', file], REVIEWS), { code: 0, out: '', err: '' })
  const { ranking, winners, selection } = JSON.parse(await readFile(file, 'utf8'))
  t.strictSame(ranking[1], { proposal: 'B', rank: 2, value: 4, total: null, mean: 4, reviews: 1, tied: true })
  t.strictSame(winners, { sure: ['A'], tiedForRest: ['B', 'C'], rest: 1 })
  t.strictSame(selection.tied, ['B', 'C'])
})

t.test('options win: method, places, trimming and the draw', async t => {
  const scores = 'proposal;juror;score\nA;J1;9,5\nA;J2;1\nA;J3;1\nB;J1;4\nB;J2;3\nB;J3;2\n'
  const values = async (...options: string[]) => {
    const { out } = await run(['-', '--json', ...options], scores)
    const { ranking, winners } = JSON.parse(out)
    return [ranking.map(({ proposal, value }: Record<string, unknown>) => [proposal, value]), winners.sure]
  }
  t.strictSame(await values('--method', 'rawMean', '--top', '1'), [
    [
      ['A', 11.5 / 3],
      ['B', 3]
    ],
    ['A']
  ])
  t.strictSame(await values('--method', 'trimmedMean', '--top=1'), [
    [
      ['A', 11.5 / 3],
      ['B', 3]
    ],
    ['A']
  ])
  t.strictSame(await values('--method=trimmedMean', '--measure', 'trimmed:1:1', '--top', '1'), [
    [
      ['B', 3],
      ['A', 1]
    ],
    ['B']
  ])
  const drawn = JSON.parse((await run(['-', '--json', '--draw', 'AB12:7 13: 21'], REVIEWS)).out)
  t.strictSame(drawn.ties, [
    { proposals: drawn.ranking.slice(1).map(({ proposal }: { proposal: string }) => proposal), step: 'draw' }
  ])
  t.equal(drawn.selection.awarded.length, 2)
})

t.test('a page that stands alone, in the reader’s language', async t => {
  const page = (await run([...AWARDS, '--html'])).out
  t.match(page, /^<!doctype html>\n<html lang="en">/)
  t.notMatch(page, /<script|src=|href=|url\(|@import/i)
  t.match(page, 'The limit for country leaves no place for it beside better ranked proposals.')
  process.env.LC_ALL = 'bg_BG.UTF-8'
  const bulgarian = (await run([...AWARDS, '--html'])).out
  t.match(bulgarian, /<html lang="bg">[\s\S]*<h1>Класиране<\/h1>/)
  const hostile = 'proposal,juror,score\n<img src=x onerror=alert(1)>,J,5\n'
  t.notMatch((await run(['-', '--html', '--method', 'rawMean'], hostile)).out, '<img')
  const table = (await run(['-', '--table', '--method', 'rawMean'], 'proposal,juror,score\nA,J,5\n')).out
  t.match(table, /^място +предложение/)
})

t.test('bad input: exit 2, nothing on standard output, one line that names the place', async t => {
  const folder = t.testdir({ 'rubric.json': '{"scale":{"min":0,"max":5,"step":0.5}}', 'typo.json': '{"skale":{}}' })
  const scores = 'proposal,juror,need\nP1,J1,4\nP2,J1,7\n'
  const cases: [string[], string, RegExp][] = [
    [
      ['-', '--rubric', `${folder}/rubric.json`],
      scores,
      /standard input, row 3, column need: 7 is outside the scale from 0 to 5/
    ],
    [['-', '--rubric', `${folder}/typo.json`], scores, /typo\.json, skale: the key "skale" is unknown here/],
    [['-'], scores, /no method is named, and the default, blup, .*rawMean/],
    [['-'], '{"reviews":[],"rules":{"method":"blup"}}', /the method blup fits a model/],
    [['-', '--method', 'magic'], scores, /--method: there is no method "magic"/],
    [['-', '--method', 'rawMean', '--colour'], scores, /the option --colour is unknown/],
    [['-', '-x'], scores, /the option -x is unknown/],
    [['-', '--method'], scores, /the option --method needs a value/],
    [['-', '--json=yes'], scores, /the option --json takes no value/],
    [['-', '--json', '--csv'], scores, /choose one of/],
    [['-', '--all'], scores, /--all needs models/],
    [['-', '--sensitivity'], scores, /--sensitivity needs models/],
    [['-', '--prior', 'snsf'], scores, /--prior needs models/],
    [['-', '--top', '0'], scores, /--top: .*not "0"/],
    [['-', '--measure', 'median'], scores, /trimmed:1/],
    [['-', '--draw', 'seal:1'], scores, /the draw must be/],
    [[], scores, /name one file/],
    [['a', 'b'], scores, /name one file/],
    [['-', '--rubric', '-'], scores, /only once/],
    [[`${folder}/nothing.csv`], '', /nothing\.csv: the file cannot be read \(ENOENT\)/],
    [[folder], '', /cannot be read \(EISDIR\)/],
    [['-', '--method', 'rawMean', '--out', `${folder}/no/where`], scores, /cannot be written \(ENOENT\)/],
    [
      ['-', '--method', 'rawMean'],
      'proposal,juror,score\nP1,J1,"4\u0007\n5"\n',
      /row 2, column score: "4\\u0007\\n5" is not a number/
    ]
  ]
  for (const [argv, input, line] of cases) {
    const { code, out, err } = await run(argv, input)
    t.strictSame([code, out], [2, ''], argv.join(' '))
    t.match(err, /^laurel rank: [^\n]+\n$/)
    t.match(err, line)
  }
  process.env.LC_ALL = 'bg_BG.UTF-8'
  t.match(
    (await run(['-', '--method', 'rawMean'], 'proposal,juror,score\nP1,J1,x\n')).err,
    'ред 2, колона score: „x“ не е число'
  )
})

t.test('every refusal and every warning has its sentence in both languages', async t => {
  const source = new URL('../../src/', import.meta.url)
  const files = ['badinput', 'fields', 'files', 'input', 'rankedlist', 'rules', 'schema', 'spreadsheet'].map(
    name => `ranking/${name}.ts`
  )
  const texts = await Promise.all([...files, 'cli/rank.ts'].map(file => readFile(new URL(file, source), 'utf8')))
  const codes = new Set(
    texts.flatMap(text => [...text.matchAll(/BadInput\(\s*'([a-z_0-9]+)'/g)].map(([, code]) => code))
  )
  const warnings = await readFile(new URL('ranking/warnings.ts', source), 'utf8')
  const told = new Set([...warnings.matchAll(/code: '([a-z_]+)'/g)].map(([, code]) => code))
  t.ok(codes.size > 40)
  for (const language of ['en', 'bg']) {
    const catalogue = JSON.parse(await readFile(new URL(`i18n/${language}/rank.json`, source), 'utf8'))
    for (const code of codes) t.ok(catalogue[`rank.bad.${code}`], `${language}: ${code}`)
    for (const code of told) t.ok(catalogue[`rank.warning.${code}`], `${language}: ${code}`)
  }
})

t.test('as a program of its own it starts quickly and exits with its code', async t => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const file = `${t.testdir()}/in.json`
  await writeFile(file, REVIEWS)
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'rank', file, '--csv'])
  t.match(stdout, /^rank,proposal,country,requested,reviews,total,value,below_threshold,outcome,/)
  await t.rejects(promisify(execFile)(process.execPath, [main, 'rank', `${file}.absent`]), { code: 2 })
})
