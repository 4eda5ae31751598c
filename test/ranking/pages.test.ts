import t from 'tap'
import { callDecisions } from '../../src/calls/tables.ts'
import { drawn } from '../../src/ranking/draw.ts'
import { rankings } from '../../src/ranking/tables.ts'
import { beginReview, saveReview, submitReview } from '../../src/reviews/commands.ts'
import { AFTER_REVIEWING, aReviewing } from '../reviews/support.ts'

type World = Awaited<ReturnType<typeof aReviewing>>
const RANKING = '/organise/awards/ranking'

async function judged({ db }: World, proposalId: string, by: string, scores: Record<string, number>) {
  const reviewId = await beginReview(db, { proposalId, by })
  await saveReview(db, { reviewId, scores, comments: {}, toApplicant: 'Thank you.', toPanel: '', by })
  await submitReview(db, { reviewId, by })
}

const jury = (least: number) => ({
  reviewsPerProposal: 2,
  minReviews: least,
  maxLoad: 9,
  minReaders: 0,
  automaticConflicts: [],
  conflictKinds: ['family']
})

t.test('with fewer reviews than promised it is ranked only with a reason', async t => {
  const world = await aReviewing(t, { jury: jury(2) })
  const { site, db, olu, ada, bob, juno, jana, clock } = world
  await judged(world, ada.id, juno.person.id, { need: 9, plan: 10 })
  await judged(world, ada.id, jana.person.id, { need: 8, plan: 8 })
  await judged(world, bob.id, juno.person.id, { need: 7, plan: 7 })
  await clock(AFTER_REVIEWING)
  const agent = await site.as(olu)
  const before = await agent.get(RANKING)
  t.match(before.text, '2 proposals to rank, 3 reviews count.')
  t.match(before.text, 'One proposal has fewer than 2 counted reviews, which the rules promise.')
  t.match(before.text, 'Radio for teenagers')
  t.match(before.text, 'Why rank all the same?')

  const refused = await agent.post(RANKING, { reason: '  ' })
  t.equal(refused.status, 409)
  t.match(refused.text, 'These have fewer than 2 counted reviews: P02.')
  t.same(await db.select().from(rankings), [])
  t.equal((await agent.get(`${RANKING}.csv`)).status, 409)

  t.equal((await agent.post(RANKING, { reason: 'Jana fell ill' })).location, `${RANKING}?done=ranking_frozen`)
  t.match((await agent.get(RANKING)).text, '2 proposals, one place')
  t.equal((await agent.get(`${RANKING}.csv`)).text.split('\n')[2]?.includes(',P02,'), true)
})

t.test('equal proposals wait for the draw, whose value is entered once, on its day', async t => {
  const world = await aReviewing(t, {
    jury: jury(1),
    ranking: {
      method: 'weightedMean',
      rounding: null,
      tieLadder: ['draw'],
      draw: { source: { en: 'the lottery of Sofia' }, on: '2026-09-10' }
    }
  })
  const { site, db, call, olu, ada, bob, juno, clock } = world
  for (const { id } of [ada, bob]) await judged(world, id, juno.person.id, { need: 8, plan: 8 })
  await clock(AFTER_REVIEWING)
  const agent = await site.as(olu)
  t.equal((await agent.post(RANKING, { reason: '' })).status, 303)
  const draw = (publicValue: string) => agent.post(`${RANKING}/draw`, { publicValue })

  const tied = await agent.get(RANKING)
  t.match(tied.text, 'The places are too few for all who are level.')
  t.match(tied.text, 'The rules name the source: the lottery of Sofia, on Thursday 10 September 2026.')
  t.match(tied.text, 'Enter it then.')
  t.notMatch(tied.text, 'name="publicValue"', 'no field before its day')
  t.notMatch(tied.text, 'Ask a second person to sign')
  t.equal((await draw('07 11 23')).status, 409, 'nor is it taken by another way')
  t.equal((await agent.post('/organise/awards/sign-off')).status, 409, 'and nothing can be signed')

  await clock(new Date('2026-09-10T18:00:00Z'))
  t.match((await agent.get(RANKING)).text, 'name="publicValue"')
  const empty = await draw('  ')
  t.equal(empty.status, 422)
  t.match(empty.text, 'href="#publicValue"')
  t.match(empty.text, 'Write the value as it was announced.')
  t.equal((await draw('07 11 23 31 40 42')).location, `${RANKING}?done=drawn`)

  const [first, second] = drawn({ seal: call.seal ?? '', publicValue: '07 11 23 31 40 42' }, ['P01', 'P02'])
  const page = await agent.get(RANKING)
  t.match(page.text, 'The public value of the draw: 07 11 23 31 40 42')
  t.match(page.text, `${first} stands before ${second}`)
  t.notMatch(page.text, 'name="publicValue"')
  t.match((await agent.get(`${RANKING}.csv`)).text, new RegExp(`\\n1,${first},[^\\n]*\\n2,${second},`))
  const again = await draw('01 02 03')
  t.equal(again.status, 409)
  t.match(again.text, 'The public value “07 11 23 31 40 42” was entered before.')
  t.equal((await db.select().from(rankings)).length, 2, 'the run before the draw stands beside it')
  t.ok((await db.select().from(callDecisions)).some(({ decision }) => decision === 'ranked'))
})
