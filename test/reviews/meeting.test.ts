import t from 'tap'
import { declarations } from '../../src/panel/tables.ts'
import { beginReview, saveReview, submitReview } from '../../src/reviews/commands.ts'
import { scoreChanges } from '../../src/reviews/tables.ts'
import { AFTER_REVIEWING, aReviewing } from './support.ts'

type World = Awaited<ReturnType<typeof aReviewing>>

async function judged({ db }: World, proposalId: string, by: string, scores: Record<string, number>, submit = true) {
  const reviewId = await beginReview(db, { proposalId, by })
  const words = { comments: {}, toApplicant: `From ${by}.`, toPanel: '' }
  await saveReview(db, { reviewId, scores, ...words, by })
  if (submit) await submitReview(db, { reviewId, by })
  return reviewId
}

t.test('Olu sees who has scored, not the scores; then closes, and the panel changes one with a reason', async t => {
  const world = await aReviewing(t)
  const { site, db, olu, ada, bob, juno, jana } = world
  const junoOnAda = await judged(world, ada.id, juno.person.id, { need: 9, plan: 10 })
  await judged(world, ada.id, jana.person.id, { need: 3, plan: 4 })
  await judged(world, bob.id, juno.person.id, { need: 7, plan: 7 })
  const agent = await site.as(olu)
  const progress = await agent.get('/organise/awards/progress')
  t.match(progress.text, '3 of 4 reviews submitted')
  t.match(progress.text, 'Juno Juror')
  t.match(progress.text, 'One review is still missing.')
  t.notMatch(progress.text, /94\.0|4\.5 of|Total/)
  t.equal((await agent.get('/organise/awards/panel')).status, 409, 'before reviewing ends nobody compares')
  t.equal((await agent.post('/organise/awards/progress/closing')).status, 409)

  await judged(world, bob.id, jana.person.id, { need: 7, plan: 7 })
  t.match((await agent.get('/organise/awards/progress')).text, 'Close reviewing now')
  const closing = () => agent.post('/organise/awards/progress/closing')
  t.equal((await closing()).location, '/organise/awards/panel?done=reviewing_closed')
  t.equal((await closing()).status, 303, 'a second click finds it done')

  const meeting = await agent.get('/organise/awards/panel')
  t.match(meeting.text, '1 proposal divides the jury')
  t.match(meeting.text, '94.0 · 34.0')
  const path = `/organise/awards/panel/${ada.id}`
  const before = await agent.get(path)
  t.match(before.text, 'Juno Juror')
  t.match(before.text, 'The totals lie 60.0 points apart.')
  const change = { review: junoOnAda, criterion: 'need', units: '3.5', reason: '' }
  const unreasoned = await agent.post(`${path}/changes`, change)
  t.equal(unreasoned.status, 422)
  t.match(unreasoned.text, 'Write the reason.')
  t.match(unreasoned.text, '<option value="3.5" selected>')
  t.equal((await agent.post(`${path}/changes`, { ...change, units: '3.7', reason: 'x' })).status, 422)
  t.equal((await agent.post(`${path}/changes`, { ...change, review: crypto.randomUUID(), reason: 'x' })).status, 422)
  const reasoned = { ...change, reason: 'The figures are of another town.' }
  t.strictSame(
    [await agent.post(`${path}/changes`, reasoned), await agent.post(`${path}/changes`, reasoned)].map(
      one => one.status
    ),
    [303, 303]
  )
  t.match(await db.select().from(scoreChanges), [{ unitsBefore: 9, unitsAfter: 7, reason: reasoned.reason }])
  const after = await agent.get(path)
  t.match(after.text, 'was 4.5')
  t.match(after.text, 'Juno Juror, Need: 4.5 to 3.5.')
  t.match(after.text, 'The panel, recorded by Olu')
  const own = await (await site.as(juno.person)).get(`/reviews/${junoOnAda}`)
  t.match(own.text, 'The panel changed this from 4.5 to 3.5: The figures are of another town.')
})

t.test(
  'a draft never comes before the panel; the chair leads it without names; whoever is interested sees nothing',
  async t => {
    const world = await aReviewing(t)
    const { site, db, ada, bob, juno, jana, olu, call, clock } = world
    await judged(world, ada.id, juno.person.id, { need: 9, plan: 10 })
    await judged(world, bob.id, juno.person.id, { need: 8, plan: 2 }, false)
    await clock(AFTER_REVIEWING)
    const chair = await site.as(jana.person)
    const page = await chair.get(`/organise/awards/panel/${ada.id}`)
    t.match(page.text, 'Juror A')
    t.notMatch(page.text, /Juno Juror|J01/)
    t.match(page.text, 'Record a change')
    t.match((await chair.get(`/organise/awards/panel/${bob.id}`)).text, 'No submitted review counts here.')
    t.equal((await (await site.as(juno.person)).get('/organise/awards/panel')).status, 404, 'a juror is no chair')
    t.equal((await (await site.as(ada.person)).get('/organise/awards/panel')).status, 404)

    await db
      .insert(declarations)
      .values({ jurorId: jana.id, proposalId: ada.id, kind: 'family', declaredAt: AFTER_REVIEWING })
    const without = await chair.get('/organise/awards/panel')
    t.equal(without.status, 200)
    t.notMatch(without.text, 'Seeds on loan')
    t.match(without.text, 'Radio for teenagers')
    t.equal((await chair.get(`/organise/awards/panel/${ada.id}`)).status, 404)
    t.equal((await chair.post(`/organise/awards/panel/${ada.id}/changes`, { reason: 'x' })).status, 404)

    const { proposals } = await import('../../src/proposals/tables.ts')
    const at = new Date('2026-06-20T00:00:00Z')
    await db.insert(proposals).values({ callId: call.id, applicantId: olu.id, draft: {}, draftSavedAt: at, madeAt: at })
    const applied = await site.as(olu)
    for (const path of ['panel', 'progress', `panel/${bob.id}`])
      t.equal((await applied.get(`/organise/awards/${path}`)).status, 404, path)
  }
)
