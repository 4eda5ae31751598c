import t from 'tap'
import { publicInput, rankedAnew } from '../../src/publication/revealing.ts'
import { verified } from '../../src/publication/verifying.ts'
import type { RankInput } from '../../src/ranking/input.ts'
import { recomputed, runsOf } from '../../src/ranking/queries.ts'
import { itsBundles, theCall, thePublishedExample } from './support.ts'

t.test('the published example', async t => {
  const { db } = await thePublishedExample(t)
  const { open, closed } = await itsBundles(db)
  const call = await theCall(db)
  const [run] = await runsOf(db, call.id)
  if (!run) throw new Error('The example has no ranking')

  await t.test('its public bundle leads to the signed result', async t => {
    t.equal(verified(open).answer, 'consistent')
    t.equal(verified(open, { seal: call.seal ?? '' }).answer, 'verified')
    const anew = rankedAnew(open.input as RankInput, open).result
    const frozen = recomputed(run).result
    t.strictSame([anew.ranking, anew.ties, anew.selection], [frozen.ranking, frozen.ties, frozen.selection])
  })

  await t.test('no two scores in it can be linked', async t => {
    const labels = open.input.reviews.map(({ juror }) => juror)
    t.equal(new Set(labels).size, 142, 'each review has a label of its own')
    t.strictSame([...labels].sort(), open.input.jurors)
    const seen = new Map(closed.labels.map(({ proposal, juror, label }) => [label, { proposal, juror }]))
    const inLabelOrder = open.input.jurors.map(label => seen.get(label))
    const sorted = (key: 'proposal' | 'juror') => inLabelOrder.map(pair => pair?.[key] ?? '')
    for (const key of ['proposal', 'juror'] as const)
      t.notSame(sorted(key), [...sorted(key)].sort(), `the order of labels is not that of each ${key}`)
    const text = JSON.stringify(open)
    t.notMatch(text, /"J\d\d"/, 'no pseudonym')
    t.strictSame(open.input.recusals, [], 'nobody who stood aside')
  })

  await t.test('a proposal that was not chosen shows only what limits and ladder read of it', async t => {
    const shown = open.input.proposals.filter(proposal => Object.keys(proposal).length > 1).map(({ id }) => id)
    const prices = open.selection.limits.flatMap(({ price }) => [...price.in, ...price.out])
    t.strictSame(shown, [...new Set([...open.selection.awarded, ...prices])].sort())
    t.ok(open.selection.notAwarded.length > 10, 'who stands below the line shows neither country nor amount')
    const text = JSON.stringify({ ...open, rules: null })
    for (const { version } of await import('../../src/proposals/queries.ts').then(({ submittedTo }) =>
      submittedTo(db, call.id)
    )) {
      const { applicant, answers } = version
      for (const said of [applicant.name, applicant.institution, applicant.city, String(answers.title)])
        t.notOk(said.length > 3 && text.includes(said), said)
    }
  })

  await t.test('only the first asking draws; the same labels come out again', async t => {
    t.strictSame(publicInput(recomputed(run), closed.labels), open.input)
    t.equal(closed.publicInputHash, open.inputHash)
    t.equal(closed.inputHash, run.inputHash)
  })

  await t.test('the auditor’s bundle ends where the public one says that history stood', async t => {
    t.equal(verified(closed, { inputs: open.inputHash, head: open.historyHead }).answer, 'verified')
    t.equal(verified(closed, { inputs: run.inputHash }).answer, 'verified', 'the hash of the frozen input will do too')
    t.equal(closed.history.at(-1)?.hash, open.historyHead)
    t.match(closed.history.at(-1), { what: 'confirmation.asked', facts: { action: 'publication' } })
  })
})
