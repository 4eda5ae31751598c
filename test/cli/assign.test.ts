import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { assign } from '../../src/cli/assign.ts'

const cases = resolve(import.meta.dirname, '../panel/cases/assignment')
const hand = (name: string) => resolve(cases, 'hand', `${name}.json`)
const expected = (name: string) => JSON.parse(readFileSync(hand(name), 'utf8')).expected

async function laurelAssign(argv: string[], input = '') {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(input)
  const code = await assign(argv, { stdin, stdout, stderr })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

t.beforeEach(() => {
  delete process.env.LC_ALL
  delete process.env.LC_MESSAGES
  process.env.LANG = 'en_GB.UTF-8'
})

t.test('a file in, the assignment out as JSON', async t => {
  const { code, out, err } = await laurelAssign([hand('h01-total'), '--json'])
  t.strictSame([code, err], [0, ''])
  const { total } = expected('h01-total')
  t.match(JSON.parse(out), {
    format: 'asg-1-result',
    id: 'h01-total',
    objective: 'total',
    seed: 1,
    status: 'optimal',
    total: 41,
    assignment: total.assignment
  })
  t.equal((await laurelAssign([hand('h01-total')])).out, out, 'JSON is what comes out unless asked otherwise')
  const piped = await laurelAssign(['-'], readFileSync(hand('h01-total'), 'utf8'))
  t.equal(piped.out, out, 'standard input does as well')
})

t.test('seed and objective on the command line win over those in the file', async t => {
  const wished = JSON.stringify({
    ...JSON.parse(readFileSync(hand('h02-fair-vs-total'), 'utf8')),
    objective: 'total',
    seed: 5
  })
  const { out } = await laurelAssign(['-', '--objective', 'abs-floor', '--seed=9'], wished)
  t.match(JSON.parse(out), { objective: 'abs-floor', seed: 9, min: 10, total: 34 })
  const again = await laurelAssign([hand('h20-ties'), '--seed', '3'])
  t.equal((await laurelAssign([hand('h20-ties'), '--seed', '3'])).out, again.out)
})

t.test('for people: CSV and a table', async t => {
  const csv = await laurelAssign([hand('h18-recusal'), '--csv'])
  t.equal(csv.out, 'proposal,juror,affinity\nP1,J3,9\nP1,J5,7\nP2,J3,4\nP2,J5,5\nP3,J1,3\nP3,J4,7\n')
  const table = await laurelAssign([hand('h18-recusal'), '--table'])
  t.match(table.out, /^P3 +10 {2}J1, J4$/m)
  t.match(table.out, /^J3 +2 {2}0–2$/m)
  t.match(table.out, '5 pairs kept, 1 new pair')
  process.env.LANG = 'bg_BG.UTF-8'
  t.match((await laurelAssign([hand('h18-recusal'), '--table'])).out, '5 запазени двойки, 1 нова двойка')

  const formula = {
    format: 'asg-1',
    proposals: [{ id: '=1+1', demand: 1 }],
    jurors: [{ id: 'a\u001b[31m', max: 1 }],
    affinity: [[1]]
  }
  t.match((await laurelAssign(['-', '--csv'], JSON.stringify(formula))).out, "'=1+1,")
  t.match((await laurelAssign(['-', '--table'], JSON.stringify(formula))).out, 'a\\u001b[31m')
})

t.test('nobody can be assigned: exit 1, and the reason as JSON whatever was asked for', async t => {
  for (const format of ['--json', '--csv', '--table']) {
    const { code, out, err } = await laurelAssign([hand('h11-hall-subset'), format])
    t.strictSame([code, err], [1, ''])
    const { reason, shortage, relax } = expected('h11-hall-subset')
    t.match(JSON.parse(out), { status: 'infeasible', explanation: { reason, shortage, relax } })
  }
})

t.test('--out writes the file and nothing else', async t => {
  const file = resolve(t.testdir(), 'out.json')
  const { code, out } = await laurelAssign([hand('h01-total'), '--out', file])
  t.strictSame([code, out], [0, ''])
  t.match(JSON.parse(readFileSync(file, 'utf8')), { status: 'optimal' })
  const nowhere = await laurelAssign([hand('h01-total'), '--out', resolve(t.testdirName, 'no/such/folder')])
  t.equal(nowhere.code, 2)
  t.match(nowhere.err, /^laurel assign: .*cannot be written \(ENOENT\)\n$/)
})

t.test('bad input: exit 2 and one line that names the place', async t => {
  const good = JSON.parse(readFileSync(hand('h01-total'), 'utf8'))
  const given = (change: object) => JSON.stringify({ ...good, ...change })
  const wrong: [argv: string[], input: string, line: string | RegExp][] = [
    [[], '', 'name one INPUT, or - for standard input'],
    [['a', 'b'], '', 'name one INPUT, or - for standard input'],
    [['-', '--fast'], '', 'the option --fast is unknown'],
    [['-', '-x'], '', 'the option -x is unknown'],
    [['-', '--seed'], '', 'the option --seed needs a value'],
    [['-', '--json=yes'], '', 'the option --json takes no value'],
    [['-', '--json', '--csv'], '', 'choose one of --json, --csv and --table'],
    [['-', '--seed', '1.5'], '', '--seed: "1.5" is no whole number of 0 or more'],
    [
      ['-', '--objective', 'best'],
      '',
      '--objective: the objective must be one of: total, abs-floor, rel-floor, leximin, keep'
    ],
    [['no-such-file.json'], '', 'no-such-file.json: it cannot be read (ENOENT)'],
    [['-'], 'proposal,juror', 'standard input: this is not JSON in UTF-8'],
    [['-'], '[]', "standard input: the value doesn't fit here"],
    [['-'], given({ wishes: 1 }), 'standard input: the key "wishes" is unknown here'],
    [
      ['-'],
      given({ jurors: [{ id: 'J1', max: 2.5 }] }),
      'standard input: jurors[0].max: a demand or load must be a whole number of 0 or more'
    ],
    [
      ['-'],
      given({ locked: [['P1', 'J\n9']] }),
      'standard input: locked[0]: juror "J\\n9" is not in the list of jurors'
    ],
    [
      ['-'],
      given({ affinity: [[1], [2], [3]] }),
      'standard input: affinity[0]: 4 entries are expected here, there is 1'
    ]
  ]
  for (const [argv, input, line] of wrong) {
    t.strictSame(await laurelAssign(argv, input), { code: 2, out: '', err: `laurel assign: ${line}\n` })
  }
  const passedOver = await laurelAssign(['-'], given({ title: 'x', generator: {}, expected: null }))
  t.equal(passedOver.code, 0)
})

t.test('every mistake has its sentence in every language', async t => {
  const source = readFileSync(resolve(import.meta.dirname, '../../src/panel/assignmentinput.ts'), 'utf8')
  const codes = [...source.matchAll(/code: '([a-z_]+)'/g)].map(([, code]) => `assign.bad.${code}`)
  t.ok(codes.length > 8)
  for (const language of ['en', 'bg']) {
    const url = new URL(`../../src/i18n/${language}/assign.json`, import.meta.url)
    const sentences = JSON.parse(readFileSync(url, 'utf8'))
    t.strictSame(
      codes.filter(code => !sentences[code]),
      []
    )
  }
})
