import t from 'tap'
import type { CallRules } from '../../src/calls/rules.ts'
import { sealOf } from '../../src/calls/rules.ts'
import { admissionRules, awardsRules } from '../../src/cli/example/rules.ts'
import { bundleDigest, type Label, type PublicBundle } from '../../src/publication/bundle.ts'
import { labelled, linksJurors, makePublicBundle, toLabel } from '../../src/publication/making.ts'
import { type HeldDraw, rankedAnew } from '../../src/publication/revealing.ts'
import { verified } from '../../src/publication/verifying.ts'
import { type RankInput, rankInput } from '../../src/ranking/input.ts'
import { sealedPart } from '../../src/ranking/sealed.ts'

const HEAD = 'ab'.repeat(32)

type Given = {
  proposals: Record<string, unknown>[]
  reviews: [proposal: string, juror: string, score: number, status?: 'void'][]
  recusals?: { proposal: string; juror: string }[]
}

/** Every criterion of a review gets the same score. */
const inputFor = (rules: CallRules, { proposals, reviews, recusals = [] }: Given): RankInput =>
  rankInput({
    ...sealedPart(rules),
    proposals,
    jurors: [...new Set(reviews.map(([, juror]) => juror))],
    reviews: reviews.map(([proposal, juror, score, status = 'counted']) => ({
      proposal,
      juror,
      status,
      scores: Object.fromEntries(rules.rubric.criteria.map(({ id }) => [id, score]))
    })),
    recusals
  })

function bundleOf(
  rules: CallRules,
  input: RankInput,
  draw: HeldDraw = null
): { bundle: PublicBundle; labels: Label[] } {
  const labels = labelled(toLabel(rules, input).toReversed(), 'R')
  const ranking = rankedAnew(input, { draw, software: '0.1.0' })
  const bundle = makePublicBundle({
    call: 'a-call',
    seal: sealOf(rules),
    rules,
    software: '0.1.0',
    draw,
    ranking,
    labels,
    historyHead: HEAD
  })
  return { bundle, labels }
}

const withAwards = (rules: CallRules, awards: Partial<CallRules['awards']>): CallRules => ({
  ...rules,
  awards: { ...rules.awards, ...awards }
})

const fieldsShown = ({ input }: PublicBundle) =>
  Object.fromEntries(input.proposals.map(({ id, ...fields }) => [id, Object.keys(fields).sort()]))

t.test('the draw decides between equals, and the bundle shows how', async t => {
  const rules = withAwards(awardsRules(), { fund: null, count: 1, reserve: 1, limits: [] })
  const input = inputFor(rules, {
    proposals: ['P01', 'P02', 'P03', 'P04'].map(id => ({ id, country: 'BG', requested: id === 'P04' ? 3000 : 3500 })),
    reviews: [
      ['P01', 'J1', 4],
      ['P02', 'J2', 4],
      ['P03', 'J1', 4.5],
      ['P04', 'J2', 3.5]
    ]
  })
  const draw = { seal: sealOf(rules), public: '3 14 15 26 35 49' }
  const { bundle } = bundleOf(rules, input, draw)
  t.equal(verified(bundle, { head: HEAD }).answer, 'verified')
  t.strictSame(Object.keys(bundle.draw?.hashes ?? {}).sort(), ['P01', 'P02'])
  t.match(bundle.ties[0], { step: 'draw' })
  t.strictSame(
    fieldsShown(bundle),
    { P01: ['requested'], P02: ['requested'], P03: [], P04: [] },
    'an amount is shown of those whom it might have parted, and of nobody else'
  )
  const other = { ...structuredClone(bundle), draw: bundle.draw && { ...bundle.draw, public: '1 2 3 4 5 6' } }
  t.equal(verified({ ...other, digest: bundleDigest(other) }).answer, 'differs', 'another value, another order')
})

t.test('seats for each country: who passed shows the country, who did not shows nothing', async t => {
  const rules = withAwards(admissionRules(), {
    count: 2,
    seats: { field: 'country', places: { AL: 1, BG: 1 }, reserve: 1 }
  })
  const { min, max } = rules.rubric.scale
  const input = inputFor(rules, {
    proposals: [
      { id: 'A1', country: 'AL', requested: 1 },
      { id: 'A2', country: 'AL' },
      { id: 'B1', country: 'BG' },
      { id: 'B2', country: 'BG' },
      { id: 'B3', country: 'BG' }
    ],
    reviews: [
      ['A1', 'J1', max],
      ['A2', 'J1', max - 1],
      ['B1', 'J2', max - 2],
      ['B2', 'J2', min]
    ]
  })
  const { bundle } = bundleOf(rules, input)
  t.equal(verified(bundle, { head: HEAD }).answer, 'verified')
  t.strictSame(bundle.selection.awarded, ['A1', 'B1'])
  const passed = [...bundle.selection.awarded, ...bundle.selection.reserve, ...bundle.selection.notAwarded]
  for (const [id, fields] of Object.entries(fieldsShown(bundle)))
    t.strictSame(fields, passed.includes(id) ? ['country'] : [], id)
})

t.test(
  'limits and envelope are read down to the line, and nobody below it shows what they asked for or where from',
  async t => {
    const rules = withAwards(awardsRules(), {
      count: 2,
      reserve: 1,
      fund: 7000,
      limits: [{ field: 'country', min: 0, max: 1 }]
    })
    const proposals = [
      { id: 'P01', country: 'BG' },
      { id: 'P02', country: 'BG' },
      { id: 'P03', country: 'RO' },
      { id: 'P04', country: 'XK' },
      { id: 'P05', country: 'XK' },
      { id: 'P06', country: 'AL' }
    ].map(one => ({ ...one, requested: 3400 }))
    const given = (count: number): RankInput =>
      inputFor(rules, {
        proposals: proposals.slice(0, count),
        reviews: proposals.slice(0, count).map(({ id }, index) => [id, 'J1', index === 5 ? 1 : 5 - index / 2])
      })
    const both = ['country', 'requested']
    const { bundle } = bundleOf(rules, given(6))
    t.equal(verified(bundle, { head: HEAD }).answer, 'verified')
    t.strictSame(bundle.selection.awarded, ['P01', 'P03'])
    t.match(bundle.selection.limits, [{ field: 'country', price: { in: ['P02'], out: ['P03'] } }, { field: 'budget' }])
    t.strictSame(fieldsShown(bundle), { P01: both, P02: both, P03: both, P04: [], P05: [], P06: [] })

    const short = bundleOf(rules, given(2)).bundle
    t.equal(verified(short, { head: HEAD }).answer, 'verified')
    t.strictSame(fieldsShown(short), { P01: both, P02: both }, 'a place stayed empty: everybody was looked at')

    const least = withAwards(rules, { limits: [{ field: 'country', min: 1, max: 3 }], count: 5, fund: null })
    const all = bundleOf(
      least,
      inputFor(least, { proposals, reviews: proposals.map(({ id }) => [id, 'J1', 4]) })
    ).bundle
    t.ok(Object.values(fieldsShown(all)).every(fields => fields.includes('country')))
  }
)

t.test('what does not count is not published: void reviews, and who stood aside', async t => {
  const rules = withAwards(awardsRules(), { fund: null })
  const input = inputFor(rules, {
    proposals: [
      { id: 'P01', country: 'BG' },
      { id: 'P02', country: 'RO' }
    ].map(one => ({ ...one, requested: 3000 })),
    reviews: [
      ['P01', 'J1', 4],
      ['P01', 'J2', 1, 'void'],
      ['P02', 'J2', 3],
      ['P02', 'J1', 5]
    ],
    recusals: [{ proposal: 'P02', juror: 'J1' }]
  })
  const { bundle, labels } = bundleOf(rules, input)
  t.equal(verified(bundle).answer, 'consistent')
  t.strictSame(
    bundle.input.reviews.map(({ proposal, scores, status }) => [proposal, scores.need, status]),
    [
      ['P01', 4, 'counted'],
      ['P02', 3, 'counted']
    ]
  )
  t.strictSame(bundle.input.recusals, [])
  t.equal(labels.length, 2)
})

t.test('jurors are linked only where the method needs it and the call said so', async t => {
  const plain = awardsRules()
  const model: CallRules = { ...plain, ranking: { ...plain.ranking, method: 'blup' } }
  const said = (rules: CallRules): CallRules => ({
    ...rules,
    publication: { ...rules.publication, jurors: 'pseudonyms' }
  })
  t.strictSame([plain, said(plain), model, said(model)].map(linksJurors), [false, false, false, true])
  const input = inputFor(plain, {
    proposals: [
      { id: 'P01', requested: 3000 },
      { id: 'P02', requested: 3000 }
    ],
    reviews: [
      ['P01', 'J1', 4],
      ['P01', 'J2', 3],
      ['P02', 'J1', 5]
    ]
  })
  t.strictSame(
    labelled(toLabel(plain, input), 'R').map(({ label }) => label),
    ['R01', 'R02', 'R03']
  )
  t.strictSame(labelled(toLabel(said(model), input), 'S'), [
    { proposal: 'P01', juror: 'J1', label: 'S01' },
    { proposal: 'P02', juror: 'J1', label: 'S01' },
    { proposal: 'P01', juror: 'J2', label: 'S02' }
  ])
})
