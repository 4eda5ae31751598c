import { eq } from 'drizzle-orm'
import t from 'tap'
import { countedReviews, reviewOf } from '../../src/reviews/queries.ts'
import { reviews, scoreChanges, submissions } from '../../src/reviews/tables.ts'
import type { Agent } from '../support/site.ts'
import { AFTER_REVIEWING, aReviewing, RUBRIC } from './support.ts'

const begin = async (agent: Agent, proposalId: string) =>
  (await agent.post(`/jury/awards/proposals/${proposalId}`)).location

const json = { headers: { accept: 'application/json' } }

t.test('Juno judges: reads, scores, is told what is missing, looks once more, submits', async t => {
  const { site, db, call, ada, bob, juno, clock } = await aReviewing(t)
  const agent = await site.as(juno.person)
  const queue = await agent.get('/jury/awards')
  t.match(queue.text, '2 proposals to go')
  t.match(queue.text, 'Seeds on loan')
  const text = await agent.get(`/jury/awards/proposals/${ada.id}`)
  t.match(text.text, 'Begin the review')
  t.match(text.text, 'Library of Ada')
  const at = await begin(agent, ada.id)
  t.equal(await begin(agent, ada.id), at, 'begun twice, it is the same review')
  t.equal((await agent.get(`/jury/awards/proposals/${ada.id}`)).location, at)
  const page = await agent.get(at)
  t.match(page.text, 'Need is at level 4.')
  t.match(page.text, 'No score yet')
  t.notMatch(page.text, 'checked><span>', 'nothing is chosen beforehand')

  const sent = {
    version: 1,
    score_need: '4.5',
    note_need: 'Good figures.',
    to_applicant: '',
    to_panel: 'Ask about money.'
  }
  t.equal((await agent.post(at, { ...sent, go: 'stay' })).location, `${at}?done=review_saved`)
  t.match((await agent.get(at)).text, 'You chose 4.5: between these two sentences.')
  t.strictSame(await countedReviews(db, call.id), [], 'a draft counts nowhere')
  t.match((await agent.get('/jury/awards')).text, '1 of 2 criteria scored')

  t.equal((await agent.post(at, { ...sent, version: 2, go: 'check' })).location, `${at}/check`)
  const lacking = await agent.open(`${at}/check`)
  t.match(lacking.text, 'Two things to mend')
  t.match(lacking.text, 'href="#score_plan"')
  t.match(lacking.text, 'href="#to_applicant"')
  t.equal((await agent.post(`${at}/submission`, { version: 3 })).location, `${at}/check?changed=yes`)
  t.strictSame(await db.select().from(submissions), [], 'what lacks a score cannot be handed in')

  const whole = { ...sent, version: 3, score_plan: '0', to_applicant: 'Please say how <b>many</b>.', go: 'check' }
  await agent.post(at, whole)
  const look = await agent.get(`${at}/check`)
  t.match(look.text, 'Total: 54.0 of 100')
  t.match(look.text, 'Please say how &lt;b&gt;many&lt;/b&gt;.')
  const submit = () => agent.post(`${at}/submission`, { version: 4 })
  t.strictSame(
    (await Promise.all([submit(), submit()])).map(({ status }) => status),
    [303, 303]
  )
  t.equal((await db.select().from(submissions)).length, 1, 'a double click is one submission')
  t.match((await agent.get('/jury/awards?done=review_submitted')).text, 'Your review is submitted and counts.')
  t.match(await countedReviews(db, call.id), [{ proposalId: ada.id, scores: { need: 9, plan: 0 } }])

  await agent.post(at, { ...whole, version: 4, score_plan: '2', go: 'stay' })
  t.equal((await db.select().from(submissions)).length, 2)
  t.match(await db.select().from(scoreChanges), [{ criterion: 'plan', unitsBefore: 0, unitsAfter: 4, reason: '' }])
  const emptied = await agent.post(at, { ...whole, version: 5, to_applicant: ' ', to_panel: 'Kept on the page' })
  t.equal(emptied.status, 422, 'what counts does not become incomplete')
  t.match(emptied.text, 'Kept on the page')
  t.equal((await agent.get(`/jury/awards/proposals/${bob.id}`)).status, 200)

  const other = await begin(agent, bob.id)
  await agent.post(other, { ...whole, version: 1 })
  t.match((await agent.get('/desk')).text, '1 of 2 reviews submitted')
  t.equal((await agent.post(`${other}/submission`, { version: 2 })).status, 303)
  const desk = (await agent.get('/desk')).text
  t.match(desk, /All 2 reviews submitted\. You may change them until [^<]*31 August 2026/)
  t.match(desk, 'Nothing waits for you')
  await clock(AFTER_REVIEWING)
  t.notMatch((await agent.get('/desk')).text, 'You may change them', 'once reviewing is over nothing can be changed')
})

t.test('typing is saved as it happens, and two windows never overwrite each other', async t => {
  const { site, db, ada, juno } = await aReviewing(t)
  const agent = await site.as(juno.person)
  const at = await begin(agent, ada.id)
  const saved = await agent.post(at, { version: 1, score_need: '3' }, json)
  t.match(JSON.parse(saved.text), {
    version: 2,
    scored: '1 of 2 criteria scored.',
    lacking: [{ href: '#score_plan' }, { href: '#to_applicant' }],
    criteria: { need: { word: '3 of 5' }, plan: { word: '' } }
  })
  t.match(JSON.parse(saved.text).saved, /^Saved at 12:00/)

  const stale = await agent.post(at, { version: 1, score_need: '5', to_applicant: 'Typed in the other window' })
  t.equal(stale.status, 409)
  t.match(stale.text, 'Typed in the other window')
  t.match(stale.text, 'What is saved')
  t.match(stale.text, 'name="version" value="2"')
  t.match(JSON.parse((await agent.post(at, { version: 1 }, json)).text), { errors: [{ code: 'stale_review' }] })
  const [row] = await db.select().from(reviews)
  t.match(await reviewOf(db, juno.person.id, row?.id ?? ''), { version: 2, units: { need: 6 }, toApplicant: '' })

  await agent.post(at, { version: 2, take_back: 'need', score_need: '3' })
  t.strictSame((await reviewOf(db, juno.person.id, row?.id ?? ''))?.units, {}, 'a score can be taken back')
})

t.test('no score that the scale does not have, and no 500 for anything', async t => {
  const { site, db, ada, juno } = await aReviewing(t)
  const agent = await site.as(juno.person)
  const at = await begin(agent, ada.id)
  for (const score of ['4.3', '5.5', '-1', 'five', '1e1', '4'.repeat(19)]) {
    const answer = await agent.post(at, { version: 1, score_need: score, to_panel: 'Do not lose this' })
    t.equal(answer.status, 422, score)
    t.match(answer.text, 'Do not lose this')
  }
  t.equal(
    (await agent.post(at, { version: 'x' })).status,
    409,
    'a page without its version is one that is not the newest'
  )
  t.equal((await agent.post(at, { version: 1, score_need: ['1', '2'] })).status, 422)
  t.equal((await agent.post(at, { version: 1, to_panel: 'x'.repeat(20_001) })).status, 422)
  t.equal((await agent.post(at, { version: 1, to_panel: "'; drop table reviews; --\u0000 \u202eabc 🦉" })).status, 303)
  t.equal((await db.select().from(reviews).where(eq(reviews.version, 2))).length, 1)
})

t.test('a review is its juror’s alone', async t => {
  const { site, ada, juno, jana, olu } = await aReviewing(t)
  const at = await begin(await site.as(juno.person), ada.id)
  for (const other of [jana.person, olu, ada.person]) {
    const agent = await site.as(other)
    t.equal((await agent.get(at)).status, 404)
    t.equal((await agent.post(at, { version: 1, score_need: '0' })).status, 404)
    t.equal((await agent.get(`${at}/check`)).status, 404)
  }
  t.equal((await (await site.as(olu)).get('/jury/awards')).status, 404)
  t.equal((await (await site.as(ada.person)).post(`/jury/awards/proposals/${ada.id}`)).status, 404)
})

t.test('once reviewing has closed nothing moves, and what was typed comes back', async t => {
  const { site, db, ada, bob, juno, clock } = await aReviewing(t)
  const agent = await site.as(juno.person)
  const at = await begin(agent, ada.id)
  await agent.post(at, { version: 1, score_need: '2' })
  await clock(AFTER_REVIEWING)
  const late = await agent.post(at, { version: 2, score_need: '5', to_applicant: 'A sentence of a minute too late' })
  t.equal(late.status, 409)
  t.match(late.text, 'A sentence of a minute too late')
  t.equal((await agent.post(`${at}/submission`, { version: 2 })).status, 409)
  t.equal((await agent.post(`/jury/awards/proposals/${bob.id}`)).status, 409)
  t.match((await db.select().from(reviews))[0], { version: 2, toApplicant: '' })
  t.match((await agent.get(at)).text, 'This review was not submitted in time.')
  t.match((await agent.get('/jury/awards')).text, 'Reviewing has closed')
})

t.test('a call that hides applicants shows its jurors none of them; another scale fits the same sheet', async t => {
  const { site, ada, juno } = await aReviewing(t, {
    blind: 'both_hidden',
    rubric: {
      ...RUBRIC,
      scale: { ...RUBRIC.scale, min: 1, max: 10, step: 1 },
      criteria: RUBRIC.criteria.map(criterion => ({
        ...criterion,
        levels: { '1-5': { en: 'Low.' }, '6-10': { en: 'High.' } }
      })),
      toApplicant: 'none'
    }
  })
  const agent = await site.as(juno.person)
  const at = await begin(agent, ada.id)
  for (const path of ['/jury/awards', at]) {
    const { text, status } = await agent.get(path)
    t.equal(status, 200)
    t.match(text, 'Seeds on loan')
    t.notMatch(text, /Library of Ada|Adaville|Croatia|Ada</)
  }
  const page = await agent.get(at)
  t.match(page.text, '6–10')
  t.notMatch(page.text, 'to_applicant"')
  t.equal((await agent.post(at, { version: 1, score_need: '10', score_plan: '1' })).status, 303)
  t.match((await agent.get(`${at}/check`)).text, 'Total: 64.0 of 100')
})
